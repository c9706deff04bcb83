/**
 * An installation in three steps. npm puts the packages there, and runs nothing of them. What is there is compared with the verified
 * tarballs. Only then npm links commands and runs scripts, by what the packages themselves say and not by the lock file.
 */

import { readdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Installed, readInstalled } from "../npm/accounting.js";
import { checkDependencies } from "../npm/completeness.js";
import { type Confinement, ended, type Environment, forInstallation, forScripts, scopeArguments, startNpm } from "../npm/npm-program.js";
import { Project } from "../npm/project.js";
import { type Answers, RegistryServer } from "../npm/registry/server.js";
import type { Shelf } from "../npm/registry/shelf.js";
import { buildPlan, optionalSet, ownScripts } from "../npm/scripts.js";
import type { VerifiedPackages } from "../npm/verified-packages.js";
import { npmArguments, scriptArguments } from "./arguments.js";
import type { Context } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable } from "./failure.js";
import { subfolder } from "./run-folder.js";

/** Everything that an installation works with. */
export interface Installation {
  readonly context: Context;
  /** The script of npm. */
  readonly npm: string;
  readonly project: Project;
  /** A folder of this run. */
  readonly folder: string;
  readonly shelf: Shelf;
  readonly packages: VerifiedPackages;
  readonly scopes: readonly string[];
}

/**
 * Installs. Gives the number of packages that are there.
 *
 * @throws {Unaccounted} where something else is installed than was verified; {@link Failure} where npm fails; what kept a package from
 * being verified.
 */
export async function install(installation: Installation): Promise<number> {
  const { context, project, folder, shelf, scopes } = installation;
  const answers: Answers = (asked) => shelf.answer(asked, server.url);
  const server = await startServer(answers);
  try {
    const confinement = { registry: server.url, cache: await subfolder(folder, "cache"), git: join(folder, "no-git"), scopes };
    const run = new NpmRun(installation, await realpath(project.path), confinement);
    await run.install(server.token);
    const installed = await account(installation);
    server.close();
    context.shell.status(`Installed ${installed.packages.size} packages, verified`);
    // npm would take commands from here, which are those of the lock file.
    await rm(join(project.path, "node_modules", ".package-lock.json"), { force: true });
    await run.build(installed);
    return installed.packages.size;
  } finally {
    await server.stop();
  }
}

/** What is installed is what was handed out, and whatever is needed is there. */
async function account({ context, project, shelf, packages }: Installation): Promise<Installed> {
  const handedOut = shelf.handedOut.map(({ tarball, target }) => {
    return { name: tarball.name.full, contents: () => packages.contents(target) };
  });
  try {
    const installed = await readInstalled(project, handedOut);
    const isPartial = ["workspace", "workspaces"].some((name) => context.line.own[name] !== undefined);
    checkDependencies(installed, project, isPartial ? [] : [...project.folders.keys()]);
    return installed;
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? fileUnusable("read", project.path, error) : error;
  }
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
    if (shelf.failure !== undefined) {
      // npm passes over an optional package that it does not get.
      throw shelf.failure;
    }
    if (end !== 0) {
      throw npmFailed(end);
    }
  }

  /** Links commands and runs scripts: of packages and folders that are needed, of optional packages, of the project. */
  async build(installed: Installed): Promise<void> {
    const { project } = this.#installation;
    const { commands, required, optional } = buildPlan(installed, project);
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

  async #ignoresScripts(): Promise<boolean> {
    const { npm, context } = this.#installation;
    const args = ["config", "get", "ignore-scripts", `--prefix=${this.#path}`, ...this.#scriptArguments()];
    const child = startNpm(npm, this.#path, args, this.#environment(), ["ignore", "pipe", "inherit"]);
    let answer = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (answer += text));
    const end = await ended(child, context.surroundings.signal);
    if (end !== 0) {
      throw npmFailed(end);
    }
    return answer.trim() !== "false";
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

async function startServer(answers: Answers): Promise<RegistryServer> {
  try {
    return await RegistryServer.start(answers);
  } catch (cause) {
    const message = `cannot start the registry on the loopback interface: ${cause instanceof Error ? cause.message : String(cause)}`;
    const help = "the loopback interface must allow a listener on 127.0.0.1";
    throw new Failure({ message, code: "registry-unusable", status: ExitStatus.usage, help }, { cause });
  }
}

function npmFailed(end: number | NodeJS.Signals): Failure {
  return new Failure({
    message: `everything that npm was given was verified, but npm failed (${typeof end === "number" ? `exit status ${end}` : end})`,
    code: "npm-failed",
    status: ExitStatus.npmFailed,
    help: "the reason is in npm's own messages above",
  });
}
