/** What is to be built once everything is installed: commands that are linked, scripts that are run. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { refuseLinkedFile, refuseLinksBelow } from "../node/below.js";
import { codeOf } from "../node/replace.js";
import type { Installed, InstalledPackage } from "./accounting.js";
import { findInstalled } from "./completeness.js";
import { isObject, type JsonObject, member } from "./json.js";
import { commandFolder, commandsOf } from "./manifest.js";
import type { Project } from "./project.js";

/** What is to be built, as locations below the project. */
export interface BuildPlan {
  /** Packages and folders of the project without which the installation fails. */
  readonly required: readonly string[];
  /** Links to packages that have commands, as `--install-strategy=linked` makes them: the commands are linked beside them. */
  readonly commands: readonly string[];
  /** Packages that are left out where their scripts fail. */
  readonly optional: readonly string[];
}

/** Scripts that npm runs in a folder of the project when everything is installed. */
const OWN_SCRIPTS = ["preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare"] as const;

/** What of an installation is to be built. */
export function buildPlan(installed: Installed, project: Project): BuildPlan {
  const needed = neededPackages(installed, project);
  const built = [...installed.packages.values()].filter(({ isBuilt, isBundled }) => isBuilt && !isBundled);
  const links = [...installed.links].filter(([, target]) => {
    const manifest = project.folders.get(target)?.manifest;
    return manifest !== undefined && (member(manifest, "bin") !== undefined || ownScripts(manifest).length > 0);
  });
  const toPackages = [...installed.links].filter(([, target]) => installed.packages.get(target)?.isBuilt === true);
  const locations = (packages: readonly InstalledPackage[]): readonly string[] => packages.map(({ location }) => location);
  return {
    commands: toPackages.map(([location]) => location),
    required: [...locations(built.filter(({ location }) => needed.has(location))), ...links.map(([location]) => location)],
    optional: locations(built.filter(({ location }) => !needed.has(location))),
  };
}

/**
 * Refuses commands of the project's own folders that are not regular files of the project. npm makes each executable, and rewrites one
 * that begins with `#!` and has the line ends of Windows; it does so through links, to any file of the user.
 *
 * @throws {LeadsElsewhere}; the error of the operating system.
 */
export async function refuseLinkedCommands({ required }: BuildPlan, installed: Installed, project: Project): Promise<void> {
  for (const location of required) {
    const target = installed.links.get(location) ?? "";
    const manifest = project.folders.get(target)?.manifest;
    if (target === "" || manifest === undefined) {
      continue;
    }
    const folder = join(project.path, target);
    for (const file of commandsOf(manifest, "command").values()) {
      await refuseLinkedFile(project.path, join(folder, file));
    }
    const commands = commandFolder(manifest);
    if (commands !== undefined) {
      await refuseLinkedFiles(project.path, join(folder, commands));
    }
  }
}

/** Refuses a folder with a link, a pipe or a device anywhere in it: npm makes a command of each file there, with a dot or without. */
async function refuseLinkedFiles(base: string, folder: string): Promise<void> {
  await refuseLinksBelow(base, folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") {
      return [];
    }
    throw error;
  });
  for (const entry of entries) {
    const path = join(folder, entry.name);
    await (entry.isDirectory() ? refuseLinkedFiles(base, path) : refuseLinkedFile(base, path));
  }
}

/** Those of the scripts of a `package.json` that npm runs in a folder of the project when everything is installed. */
export function ownScripts(manifest: JsonObject): readonly string[] {
  const scripts = member(manifest, "scripts");
  return isObject(scripts) ? OWN_SCRIPTS.filter((name) => Object.hasOwn(scripts, name)) : [];
}

/** A package, and those that cannot do without it: what npm leaves out where it cannot be built. */
export function optionalSet(installed: Installed, location: string): ReadonlySet<string> {
  const found = new Set([location]);
  for (let size = 0; size < found.size; ) {
    size = found.size;
    for (const one of installed.packages.values()) {
      const needs = one.dependencies.filter(({ kind }) => kind === "required" || kind === "peer");
      if (needs.some(({ name }) => found.has(findInstalled(installed, one.location, name) ?? ""))) {
        found.add(one.location);
      }
    }
  }
  return found;
}

/** Packages that the project leads to without an optional step. */
function neededPackages(installed: Installed, project: Project): ReadonlySet<string> {
  const found = new Set<string>();
  const queue = [...project.folders.keys()];
  for (let at = queue.shift(); at !== undefined; at = queue.shift()) {
    for (const { name, kind } of (project.folders.get(at) ?? installed.packages.get(at))?.dependencies ?? []) {
      const target = kind === "optional" || kind === "optional-peer" ? undefined : findInstalled(installed, at, name);
      if (target !== undefined && !found.has(target)) {
        found.add(target);
        queue.push(target);
      }
    }
  }
  return found;
}
