/**
 * An installation in three steps. npm puts the packages there, and runs nothing of them. What is there is compared with the verified
 * tarballs. Only then npm links commands and runs scripts, by what the packages themselves say and not by the lock file.
 */

import { existsSync } from "node:fs";
import { readdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { refuseLinksBelow } from "../node/below.js";
import { type Installed, readInstalled, Unaccounted } from "../npm/accounting.js";
import { checkDependencies } from "../npm/completeness.js";
import type { Omitted } from "../npm/lock-needs.js";
import {
  type Confinement,
  ended,
  type Environment,
  forInstallation,
  forScripts,
  scopeArguments,
  startNpm,
} from "../npm/npm-program.js";
import { Project } from "../npm/project.js";
import type { Shelf } from "../npm/registry/shelf.js";
import { commandLinks, type CommandLinks, linkCommands } from "../npm/commands.js";
import { type BuildPlan, buildPlan, optionalSet, ownScripts, refuseLinkedCommands } from "../npm/scripts.js";
import type { VerifiedPackages } from "../npm/verified-packages.js";
import { npmArguments, scriptArguments } from "./arguments.js";
import type { Context } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable, npmFailed } from "./failure.js";
import type { Preparation } from "./preparation.js";

/** Everything that an installation works with. */
export interface Installation {
  readonly context: Context;
  /** The script of npm. */
  readonly npm: string;
  readonly project: Project;
  readonly preparation: Preparation;
  readonly shelf: Shelf;
  readonly packages: VerifiedPackages;
  readonly scopes: readonly string[];
  /** Locations that the project cannot do without, where npm leaves out these. */
  readonly needed: (omitted: ReadonlySet<Omitted>) => ReadonlySet<string>;
}

/**
 * Installs. Gives the number of packages that are there.
 *
 * @throws {Unaccounted} where something else is installed than was verified; {@link Failure} where npm fails; what kept a package from
 * being verified.
 */
export async function install(installation: Installation): Promise<number> {
  const { context, project, preparation, shelf, scopes } = installation;
  const { server } = preparation;
  preparation.answerWith((path) => shelf.answer(path, server.url));
  const run = new NpmRun(installation, await realpath(project.path), await preparation.confinedTo(scopes));
  await clear(project);
  await shelf.handToNpm();
  // npm keeps one of the processors busy for a while.
  const meanwhile = new Meanwhile(installation, run);
  try {
    await run.install(server.token);
  } finally {
    server.close();
    await meanwhile.end();
  }
  const { omitted, linksCommands } = await meanwhile.settings;
  const installed = await account(installation, omitted);
  context.shell.status(`Installed ${installed.packages.size} packages, verified`);
  // npm would take commands from here, which are those of the lock file.
  await rm(join(project.path, "node_modules", ".package-lock.json"), { force: true });
  await run.build(installed, linksCommands);
  return installed.packages.size;
}

/** What npm is set up for in a project, by all of its settings. */
interface ProjectSettings {
  /** What npm is told to leave out. */
  readonly omitted: ReadonlySet<Omitted>;
  readonly linksCommands: boolean;
}

/** What is done while npm installs. */
class Meanwhile {
  readonly settings: Promise<ProjectSettings>;
  readonly #running: Promise<unknown>;
  #isOver = false;

  constructor({ shelf, packages }: Installation, run: NpmRun) {
    this.settings = run.projectSettings();
    this.#running = Promise.allSettled([this.settings, this.#readTarballs(shelf, packages), packages.keep()]);
  }

  /** Waits for what cannot be broken off. What is missing is done later. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #readTarballs(shelf: Shelf, packages: VerifiedPackages): Promise<void> {
    for (const [shelved] of shelf.handedOut.values()) {
      if (this.#isOver || shelved === undefined) {
        return;
      }
      await packages.inventory(shelved.target);
    }
  }
}

/**
 * Empties each `node_modules` of the project and its folders: of commands, lists of packages, and links that somebody left. npm empties
 * the `node_modules` of the project, and not those of its folders in every version; it moves away what it finds behind a link there.
 *
 * @throws {LeadsElsewhere} if a `node_modules` is behind a link, which would be emptied.
 */
async function clear(project: Project): Promise<void> {
  const folders = [...project.folders.keys()].map((folder) => join(project.path, folder, "node_modules"));
  for (const folder of folders) {
    await refuseLinksBelow(project.path, folder);
  }
  for (const folder of folders) {
    for (const name of existsSync(folder) ? await readdir(folder) : []) {
      // A link is deleted, and not what it leads to.
      await rm(join(folder, name), { recursive: true, force: true });
    }
  }
}

/** What is installed is what was handed out, and whatever is needed is there. */
async function account(installation: Installation, omitted: ReadonlySet<Omitted>): Promise<Installed> {
  const { context, project, shelf, packages } = installation;
  const isPartial = ["workspace", "workspaces"].some((name) => context.line.own[name] !== undefined);
  // Peers are installed or not by more than one setting.
  const needed = isPartial ? new Set<string>() : installation.needed(new Set([...omitted, "peer"]));
  const handedOut = [...shelf.handedOut].flatMap(([path, shelved]) => {
    const locations = shelved.map(({ location }) => location);
    const isExpected = shelf.asked.has(path) || locations.some((location) => needed.has(location));
    return shelved.slice(0, 1).map(({ tarball, target }) => {
      return { name: tarball.name.full, locations, isExpected, inventory: () => packages.inventory(target) };
    });
  });
  try {
    const installed = await readInstalled(project, handedOut);
    checkDependencies(installed, project, isPartial ? [] : [...project.folders.keys()]);
    if (!isPartial && !omitted.has("dev")) {
      checkDependencies(installed, project, project.roots, ["development"]);
    }
    if (!isPartial && installed.packages.size === 0 && installation.needed(omitted).size > 0) {
      throw new Failure({
        message: "nothing was verified: npm has installed none of the packages that the project needs",
        code: "nothing-verified",
        status: ExitStatus.notCovered,
        help: "look for a setting in .npmrc that keeps npm from installing",
      });
    }
    return installed;
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? fileUnusable("read", project.path, error) : error;
  }
}

/** The links that are all there is to build; `undefined` if npm has to do it. */
function plainLinks({ commands, required, optional }: BuildPlan, installed: Installed): CommandLinks | undefined {
  const packages = [...required, ...optional].map((location) => installed.packages.get(location));
  const found = packages.filter((one) => one !== undefined);
  return commands.length > 0 || found.length < packages.length ? undefined : commandLinks(found);
}

/** npm in one project. */
class NpmRun {
  readonly #installation: Installation;
  readonly #path: string;
  readonly #confinement: Confinement;

  /** `path` is the project's without links in it. */
  constructor(installation: Installation, path: string, confinement: Confinement) {
    this.#installation = installation;
    this.#path = path;
    this.#confinement = confinement;
  }

  /** Where npm fails, what kept the registry from an answer says more than npm does; where it does not, that is no success. */
  async install(token: string): Promise<void> {
    const { context, shelf } = this.#installation;
    const args = ["ci", ...scopeArguments(this.#confinement), ...npmArguments(context.line.own)];
    context.shell.status("Running npm ci");
    const end = await this.#run(args, forInstallation(context.surroundings.environment, this.#confinement, token));
    const failure = await shelf.failure();
    if (failure !== undefined) {
      // npm passes over an optional package that it does not get.
      throw failure;
    }
    if (!existsSync(join(this.#path, "package.json"))) {
      throw new Unaccounted(`npm has deleted ${this.#path}`);
    }
    if (end !== 0) {
      throw npmFailed(end);
    }
  }

  /** Links commands and runs scripts: of packages and folders that are needed, of optional packages, of the project. */
  async build(installed: Installed, linksCommands: boolean): Promise<void> {
    const { project } = this.#installation;
    const plan = buildPlan(installed, project);
    await refuseLinkedCommands(plan, installed, project);
    const links = linksCommands && process.platform !== "win32" ? plainLinks(plan, installed) : undefined;
    if (links !== undefined) {
      linkCommands(project.path, links);
    }
    await this.#buildAll(installed, links === undefined ? plan : { commands: [], required: [], optional: [] });
  }

  async #buildAll(installed: Installed, { commands, required, optional }: BuildPlan): Promise<void> {
    const { project } = this.#installation;
    const failed = new Set<string>();
    // npm would run more scripts through a link than it runs for the package itself.
    await this.#rebuild(commands, ["--ignore-scripts"]);
    await this.#rebuild(required, []);
    for (const location of optional) {
      if (!failed.has(location)) {
        await this.#buildOptional(installed, location, failed);
      }
    }
    const scripts = ownScripts(project.folders.get("")?.manifest ?? {});
    const hasGyp = (await readdir(project.path)).includes("binding.gyp");
    if (hasGyp || scripts.some((name) => /install$/.test(name))) {
      await this.#rebuild([""], ["--foreground-scripts"]);
    }
    await this.#runOwn(scripts.filter((name) => !/install$/.test(name)));
  }

  /** As npm does it: what cannot be built is taken away, with what cannot do without it. */
  async #buildOptional(installed: Installed, location: string, failed: Set<string>): Promise<void> {
    const { context, project } = this.#installation;
    try {
      await this.#rebuild([location], []);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== "npm-failed") {
        throw error;
      }
      context.shell.warning(`${location} is optional and cannot be built: it is left out`);
      for (const one of optionalSet(installed, location)) {
        failed.add(one);
        await rm(join(project.path, one), { recursive: true, force: true });
      }
    }
  }

  /** `npm rebuild` of these locations, which runs no script where npm is set up so. */
  async #rebuild(locations: readonly string[], more: readonly string[]): Promise<void> {
    if (locations.length > 0) {
      const paths = locations.map((location) => join(this.#path, location));
      await this.#succeed(["rebuild", ...more, ...this.#scriptArguments(), "--", ...paths]);
    }
  }

  /** The scripts of the project that no `npm rebuild` runs. `npm run` runs the ones before and behind one by itself. */
  async #runOwn(scripts: readonly string[]): Promise<void> {
    const runs = scripts.includes("prepare") ? scripts.filter((name) => !/^(?:pre|post)prepare$/.test(name)) : scripts;
    if (runs.length === 0 || (await this.#ignoresScripts())) {
      return;
    }
    for (const name of runs) {
      await this.#succeed(["run", ...this.#scriptArguments(), name]);
    }
  }

  async projectSettings(): Promise<ProjectSettings> {
    const text = await this.#settings(["omit", "include", "only", "also", "production", "bin-links"], npmArguments(this.#installation.context.line.own));
    const settings = new Map(text.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
    const values = (key: string): readonly string[] => (settings.get(key) ?? "").split(",");
    const isProduction = /^prod/.test(settings.get("only") ?? "") || settings.get("production") === "true";
    const omitted = [...values("omit"), ...(isProduction ? ["dev"] : [])];
    const included = [...values("include"), ...(/^dev/.test(settings.get("also") ?? "") ? ["dev"] : [])];
    return {
      omitted: new Set((["dev", "peer"] as const).filter((group) => omitted.includes(group) && !included.includes(group))),
      linksCommands: settings.get("bin-links") === "true",
    };
  }

  async #ignoresScripts(): Promise<boolean> {
    return (await this.#settings(["ignore-scripts"], this.#scriptArguments())).trim() !== "false";
  }

  /** What npm says of its settings: the value of one, or a line `key=value` for each of several. */
  async #settings(keys: readonly string[], more: readonly string[]): Promise<string> {
    const { npm, context } = this.#installation;
    const args = ["config", "get", ...keys, `--prefix=${this.#path}`, ...more];
    const child = startNpm(npm, this.#path, args, this.#environment(), ["ignore", "pipe", "inherit"]);
    let answer = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (answer += text));
    const end = await ended(child, context.surroundings.signal);
    if (end !== 0) {
      throw npmFailed(end);
    }
    return answer;
  }

  #scriptArguments(): readonly string[] {
    return scriptArguments(this.#installation.context.line.own);
  }

  #environment(): Environment {
    return forScripts(this.#installation.context.surroundings.environment, this.#confinement);
  }

  async #succeed(args: readonly string[]): Promise<void> {
    const end = await this.#run(args, this.#environment());
    if (end !== 0) {
      throw npmFailed(end);
    }
  }

  #run(args: readonly string[], environment: Environment): Promise<number | NodeJS.Signals> {
    const { npm, context } = this.#installation;
    const [command = "", ...others] = args;
    const all = [command, `--prefix=${this.#path}`, ...others];
    const child = startNpm(npm, this.#path, all, environment, ["inherit", context.shell.isJson ? 2 : "inherit", "inherit"]);
    return context.shell.lend(() => ended(child, context.surroundings.signal));
  }
}
