/** The addresses of the registry of one run. */

import { tarballName } from "../layout.js";
import { packageName, type PackageName } from "../package-name.js";

/** The path at which the tarball of a package is served. */
export function tarballAddress(name: PackageName, version: string): string {
  return `/${name.full}/-/${tarballName(name, version)}`;
}

/** The package whose document is at the path of a request; `undefined` where no document can be. */
export function documentName(path: string): PackageName | undefined {
  const whole = path.startsWith("/") ? decoded(path.slice(1)) : undefined;
  return whole === undefined ? undefined : packageName(whole);
}

/** The paths at which npm asks this registry for what is at a URL: some of its versions put the query behind the path, without `?`. */
export function pathsOf({ pathname, searchParams }: URL): readonly string[] {
  return [pathname, `${pathname}${String(searchParams)}`].map(comparable);
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
