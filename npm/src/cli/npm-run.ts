/** The npms that are started in a project: the one that installs, and those that build. */

import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Installed, Unaccounted } from "../npm/accounting.js";
import { commandLinks, type CommandLinks, linkCommands } from "../npm/commands.js";
import type { Omitted } from "../npm/lock-needs.js";
import { type Confinement, ended, type Environment, forInstallation, forScripts, scopeArguments, startNpm } from "../npm/npm-program.js";
import { type BuildPlan, buildPlan, optionalSet, ownScripts, refuseLinkedCommands } from "../npm/scripts.js";
import { INSTALLATION_KEYS, settingsOf } from "../npm/user-settings.js";
import { npmArguments, scriptArguments, settingArguments } from "./arguments.js";
import { Failure, npmFailed } from "./failure.js";
import type { Installation } from "./installation.js";

/** What npm is set up for in a project, by all of its settings. */
export interface ProjectSettings {
  /** What npm is told to leave out. */
  readonly omitted: ReadonlySet<Omitted>;
  readonly linksCommands: boolean;
}

/** The links that are all there is to build; `undefined` if npm has to do it. */
function plainLinks({ commands, required, optional }: BuildPlan, installed: Installed): CommandLinks | undefined {
  const packages = [...required, ...optional].map((location) => installed.packages.get(location));
  const found = packages.filter((one) => one !== undefined);
  return commands.length > 0 || found.length < packages.length ? undefined : commandLinks(found);
}

/** npm in one project. */
export class NpmRun {
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
    const isLinked = links !== undefined && linkCommands(project.path, links);
    await this.#buildAll(installed, isLinked ? { commands: [], required: [], optional: [] } : plan);
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

  /** Without options, and without settings of the project, the user's settings are all there are: npm is not started to say so. */
  async projectSettings(): Promise<ProjectSettings> {
    const more = settingArguments(this.#installation.context.line.own);
    const { user } = this.#confinement;
    const isUsers = user !== undefined && more.length === 0 && !existsSync(join(this.#path, ".npmrc"));
    const settings = isUsers ? user.installation : settingsOf(await this.#settings(INSTALLATION_KEYS, more));
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
