/** Where packages are among the targets of a repository. */

import type { PackageName } from "./package-name.js";

/** What every target path of a package begins with. */
export const PREFIX = "npm/";

/**
 * The target path of a package's tarball, such as `npm/@scope/name/-/name-1.0.0.tgz`. Distinct packages have distinct paths: a
 * part with `@` at the beginning is a scope, and no name begins so.
 */
export function tarballPath(name: PackageName, version: string): string {
  return `${PREFIX}${name.full}/-/${tarballName(name, version)}`;
}

/** The target path of a package's document, such as `npm/@scope/name/document.json`. */
export function documentPath(name: PackageName): string {
  return `${PREFIX}${name.full}/document.json`;
}

/** The file name of a tarball, as npm's registries have it. */
export function tarballName(name: PackageName, version: string): string {
  return `${name.base}-${version}.tgz`;
}
