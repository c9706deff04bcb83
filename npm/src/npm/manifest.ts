/** What a package's own `package.json` says, as a document lists it. */

import { createHash } from "node:crypto";
import { posix } from "node:path";
import { integrityOf } from "./integrity.js";
import { isObject, type JsonObject, member } from "./json.js";
import { tarballPath } from "./layout.js";
import type { PackageName } from "./package-name.js";
import { filesOfTarball, type PackageFiles, TarError } from "./tar.js";

/** What npm needs of a version in order to choose and install it. */
const FIELDS = [
  "dependencies",
  "optionalDependencies",
  "peerDependencies",
  "peerDependenciesMeta",
  "acceptDependencies",
  "bundleDependencies",
  "bundledDependencies",
  "directories",
  "engines",
  "os",
  "cpu",
  "libc",
];

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

/**
 * A tarball as the version of a document. It is made of the tarball alone: what a registry says beside it need not be true of it.
 *
 * @throws {TarError} where it is no package, or one of another name or version.
 */
export async function manifestOf(name: PackageName, version: string, tarball: Uint8Array): Promise<JsonObject> {
  const files = await filesOfTarball(tarball);
  const own = packageJson(files);
  checkIdentity(own, name, version);
  const fields = FIELDS.flatMap((field) => {
    const value = member(own, field);
    return value === undefined ? [] : [[field, value] as const];
  });
  const sha512 = createHash("sha512").update(tarball).digest("hex");
  return {
    name: name.full,
    version,
    ...Object.fromEntries(fields),
    ...commands(name, member(own, "bin")),
    ...(hasInstallScript(own, files.has("binding.gyp")) ? { hasInstallScript: true } : {}),
    ...(files.has("npm-shrinkwrap.json") ? { _hasShrinkwrap: true } : {}),
    dist: { tarball: tarballPath(name, version), integrity: integrityOf(sha512) },
  };
}

/**
 * The `package.json` of a package.
 *
 * @throws {TarError} where there is none, or it is no JSON object.
 */
export function packageJson(files: PackageFiles): JsonObject {
  const bytes = files.get("package.json");
  const own = bytes === undefined ? undefined : parsedManifest(bytes);
  if (!isObject(own)) {
    throw new TarError("it has no package.json that is a JSON object");
  }
  return own;
}

/** The bytes of a `package.json` (UTF-8, with one byte order mark or none) as a value. @throws {TarError} for no JSON. */
export function parsedManifest(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new TarError("its package.json is not JSON", { cause });
  }
}

/** Whether a package runs something when it is installed: a script, or node-gyp where it has a file for that and does not decline. */
export function hasInstallScript(own: JsonObject, hasGyp: boolean): boolean {
  const found = member(own, "scripts");
  const scripts = isObject(found) ? found : {};
  const isGyp = hasGyp && member(own, "gypfile") !== false;
  return isGyp || INSTALL_SCRIPTS.some((script) => Object.hasOwn(scripts, script));
}

/**
 * The commands of a package by their names, each with the path of its file in the package: its `bin`, else the files of the folder that
 * `directories` names. As npm reads them, no name is a path and no path leads out of the package. `files` are the paths in the package.
 */
export function commandsOf(own: JsonObject, name: string, files: Iterable<string> = []): ReadonlyMap<string, string> {
  const bin = member(own, "bin");
  if (typeof bin === "string") {
    return normalized([[name, bin]]);
  }
  if (Array.isArray(bin)) {
    return normalized(bin.map((path) => [typeof path === "string" ? posix.basename(path) : "", path as unknown]));
  }
  if (isObject(bin)) {
    return normalized(Object.entries(bin));
  }
  const folder = commandFolder(own);
  if (folder === undefined) {
    return new Map();
  }
  const prefix = `${folder}/`.replace(/^\/$/, "");
  const below = [...files].filter((path) => path.startsWith(prefix) && !/(?:^|\/)\./.test(path.slice(prefix.length)));
  return normalized(below.map((path) => [posix.basename(path), path]));
}

/** The path in the package of the folder that `directories` names for commands; `undefined` where it names none. */
export function commandFolder(own: JsonObject): string | undefined {
  const directories = member(own, "directories");
  const folder = isObject(directories) ? member(directories, "bin") : undefined;
  return typeof folder === "string" ? inside(folder) : undefined;
}

function normalized(commands: readonly (readonly [string, unknown])[]): ReadonlyMap<string, string> {
  const clean = commands.map(([name, path]) => {
    return [inside(posix.basename(name.replaceAll(":", "/").replaceAll("\\", "/"))), typeof path === "string" ? inside(path) : ""] as const;
  });
  return new Map(clean.filter(([name, path]) => name !== "" && path !== ""));
}

/** A path in a folder, without what would lead out of it. */
function inside(path: string): string {
  return posix.join("/", path.replaceAll("\\", "/")).slice(1);
}

/** A registry lets a tarball call itself otherwise than its address does. Whoever signs the address would sign a lie. */
function checkIdentity(own: JsonObject, name: PackageName, version: string): void {
  const claimed = [member(own, "name"), plainVersion(member(own, "version"))];
  if (claimed[0] !== name.full || claimed[1] !== plainVersion(version)) {
    throw new TarError(`its package.json says that it is ${String(claimed[0])}@${String(member(own, "version"))}`);
  }
}

/** A version as registries publish it: without `v` or `=` before it, and without the build behind it. */
export function plainVersion(version: unknown): unknown {
  return typeof version === "string" ? version.trim().replace(/^[=v\s]+/, "").replace(/\+.*$/, "") : version;
}

/** One command has the name of its package. */
function commands(name: PackageName, bin: unknown): JsonObject {
  if (typeof bin === "string") {
    return { bin: { [name.base]: bin } };
  }
  return isObject(bin) ? { bin } : {};
}
