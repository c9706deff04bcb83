/** Places of packages and folders below a project, as lock files write them: paths with `/`. */

import { packageName } from "./package-name.js";

/** The place of a package. */
export interface PackagePlace {
  /** The package or folder in whose `node_modules` it is; empty for the project itself. */
  readonly parent: string;
  /** The name of its folder there, which is the name under which it is found. */
  readonly name: string;
}

const NODE_MODULES = "node_modules/";

/**
 * A location such as `node_modules/a/node_modules/@s/b`, or `packages/w/node_modules/a` in a folder of the project; `undefined` for
 * everything else. npm joins locations to the path of the project as they are, so a part such as `..` would lead out of it.
 */
export function packagePlace(location: string): PackagePlace | undefined {
  const start = `/${location}`.lastIndexOf(`/${NODE_MODULES}`);
  if (start < 0) {
    return undefined;
  }
  const parent = location.slice(0, Math.max(start - 1, 0));
  const name = location.slice(start + NODE_MODULES.length);
  const isPlaced = parent === "" || isPlainPath(parent) || packagePlace(parent) !== undefined;
  return packageName(name) !== undefined && isPlaced ? { parent, name } : undefined;
}

/** Whether a path leads to a folder below the project that is in no `node_modules`. */
export function isPlainPath(path: string): boolean {
  const isPlain = (part: string): boolean => part !== "" && part !== "." && part !== ".." && part !== "node_modules";
  return !/^[A-Za-z]:|\\/.test(path) && path.split("/").every(isPlain);
}

/**
 * Where a package at `location` finds another one by its name, as Node does: in the `node_modules` of its own folder, else in those
 * of the folders above, up to the project's. `has` says whether there is something at a location.
 */
export function findDependency(location: string, name: string, has: (location: string) => boolean): string | undefined {
  for (let folder = location; ; folder = above(folder)) {
    if (!/(?:^|\/)node_modules$/.test(folder)) {
      const candidate = folder === "" ? `${NODE_MODULES}${name}` : `${folder}/${NODE_MODULES}${name}`;
      if (has(candidate)) {
        return candidate;
      }
    }
    if (folder === "") {
      return undefined;
    }
  }
}

function above(folder: string): string {
  return folder.slice(0, Math.max(folder.lastIndexOf("/"), 0));
}
