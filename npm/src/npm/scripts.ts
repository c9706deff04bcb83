/** What is to be built once everything is installed: commands that are linked, scripts that are run. */

import type { Installed, InstalledPackage } from "./accounting.js";
import { findInstalled } from "./completeness.js";
import { isObject, type JsonObject, member } from "./json.js";
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
