/**
 * An installation in three steps. npm puts the packages there, and runs nothing of them. What is there is compared with the verified
 * tarballs. Only then npm links commands and runs scripts, by what the packages themselves say and not by the lock file.
 */

import { existsSync } from "node:fs";
import { readdir, realpath, rm } from "node:fs/promises";
import { join } from "node:path";
import { refuseLinksBelow } from "../node/below.js";
import { type Installed, readInstalled } from "../npm/accounting.js";
import { checkDependencies } from "../npm/completeness.js";
import type { Omitted } from "../npm/lock-needs.js";
import type { Project } from "../npm/project.js";
import type { Shelf } from "../npm/registry/shelf.js";
import type { VerifiedPackages } from "../npm/verified-packages.js";
import type { Context } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable } from "./failure.js";
import { NpmRun, type ProjectSettings } from "./npm-run.js";
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
 * @throws `Unaccounted` where something else is installed than was verified; {@link Failure} where npm fails; what kept a package from
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

/** Whether npm is told to install for some folders of the project only. */
export function installsPart({ line }: Context): boolean {
  return ["workspace", "workspaces"].some((name) => line.own[name] !== undefined);
}

/** What is done while npm installs. */
class Meanwhile {
  readonly settings: Promise<ProjectSettings>;
  readonly #running: Promise<unknown>;
  #isOver = false;

  constructor({ context, shelf, packages }: Installation, run: NpmRun) {
    const { signal } = context.surroundings;
    this.settings = run.projectSettings();
    this.#running = Promise.allSettled([this.settings, this.#readTarballs(shelf, packages), packages.keep(signal)]);
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
    const names = existsSync(folder) ? await readdir(folder) : [];
    // A link is deleted, and not what it leads to.
    await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  }
}

/** What is installed is what was handed out, and whatever is needed is there. */
async function account(installation: Installation, omitted: ReadonlySet<Omitted>): Promise<Installed> {
  const { context, project, shelf, packages } = installation;
  const isPartial = installsPart(context);
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
