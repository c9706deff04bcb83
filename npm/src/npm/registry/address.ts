/** The addresses of the registry of one run. */

import { tarballName } from "../layout.js";
import { packageName, type PackageName } from "../package-name.js";

/** What a request asks for. */
export type Asked =
  /** The document of a package. */
  | { readonly tag: "document"; readonly name: PackageName }
  /** The tarball at this path of its URL. */
  | { readonly tag: "tarball"; readonly path: string };

/** The path at which the tarball of a package is served. */
export function tarballAddress(name: PackageName, version: string): string {
  return `/${name.full}/-/${tarballName(name, version)}`;
}

/**
 * The path of a request as what it asks for; `undefined` for everything that no installation asks for.
 */
export function asked(path: string): Asked | undefined {
  const whole = path.startsWith("/") ? decoded(path.slice(1)) : undefined;
  const name = whole === undefined ? undefined : packageName(whole);
  if (name !== undefined) {
    return { tag: "document", name };
  }
  return path.startsWith("/") && !path.startsWith("/-/") ? { tag: "tarball", path: comparable(path) } : undefined;
}

/** The path of a URL in the one form in which paths are compared. */
export function comparable(path: string): string {
  return decoded(path) ?? path;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
