/** npm's lock file, as far as it says what is installed from where. */

import { isObject, type JsonObject, member } from "./json.js";
import { isVersion, packageName, type PackageName } from "./package-name.js";
import { isPlainPath, packagePlace } from "./place.js";

/** A lock file. */
export interface Lock {
  /** Every package that it names, in its order, but the project itself. */
  readonly entries: readonly LockEntry[];
}

/** A package of a lock file. */
export interface LockEntry {
  /** Where it is installed, relative to the project, such as `node_modules/a/node_modules/b`. */
  readonly location: string;
  /** Its name as the lock file has it, for a person. */
  readonly name: string;
  /** Its version as the lock file has it, for a person; empty where it has none. */
  readonly version: string;
  /** Where its bytes come from. */
  readonly origin: Origin;
  /** Everything that the lock file says of it, which need not be true. */
  readonly claims: JsonObject;
}

/** Where the bytes of a package come from. */
export type Origin =
  /** A tarball of a registry, or of another URL. */
  | { readonly tag: "tarball"; readonly val: Tarball }
  /** A folder below the project, or a link to the folder at this path. Its package.json files say whether it belongs to the project. */
  | { readonly tag: "own"; readonly val: string }
  /** The tarball of the package at this location. */
  | { readonly tag: "bundled"; readonly val: string }
  /** Something that a repository of packages cannot vouch for, in words. */
  | { readonly tag: "uncovered"; readonly val: Uncovered; readonly words: string };

/** Why a package of a lock file cannot be looked up. */
export type Uncovered = "git" | "file" | "folder" | "address" | "name";

/** A tarball as a lock file names it. */
export interface Tarball {
  readonly name: PackageName;
  readonly version: string;
  /** URL; none where npm asks the registry for it. */
  readonly resolved: URL | undefined;
  /** The integrity text; none where the lock file does not say which bytes. */
  readonly integrity: string | undefined;
}

/** A lock file cannot be read. */
export class LockError extends Error {
  override readonly name = "LockError";
  /** What to do next, in one sentence. */
  readonly help: string;

  constructor(message: string, options: ErrorOptions & { readonly help?: string } = {}) {
    const { help = "write it anew with npm 7 or later: `npm install --package-lock-only`", ...others } = options;
    super(message, others);
    this.help = help;
  }
}

/**
 * The text of a `package-lock.json` or `npm-shrinkwrap.json` as the packages that it names. npm reads `packages` alone, and so does
 * this.
 *
 * @throws {LockError} where it is no lock file of version 2 or 3, or where npm would merge it.
 */
export function parseLock(text: string): Lock {
  if (isConflict(text)) {
    throw new LockError("it looks like a merge conflict to npm, which would read other text than JSON says", {
      help: "do not run npm here; find out who wrote the marks <<<<<<<, ======= and >>>>>>>, and take them out",
    });
  }
  const lock = object(parseJson(text), "it");
  const version = member(lock, "lockfileVersion");
  if (version !== 2 && version !== 3) {
    throw new LockError(`its lockfileVersion is ${JSON.stringify(version)}, 2 and 3 are understood`);
  }
  const packages = object(member(lock, "packages"), "`packages`");
  const bundlers = new Bundlers(packages);
  const entries = Object.entries(packages)
    .filter(([location]) => location !== "")
    .map(([location, value]) => entry(location, object(value, `the package at ${location}`), bundlers));
  return { entries };
}

/**
 * Whether npm takes the text of a lock file for a merge conflict: all three marks are in it, wherever they stand. Its
 * `parse-conflict-json` then leaves out every line with a mark and merges the rest, so that strings of good JSON choose what is read.
 */
export function isConflict(text: string): boolean {
  return CONFLICT_MARKS.every((mark) => mark.test(text));
}

const CONFLICT_MARKS = [/<{7}/, /={7}/, />{7}/] as const;

function entry(location: string, value: JsonObject, bundlers: Bundlers): LockEntry {
  const name = text(value, "name", location) ?? packagePlace(location)?.name ?? location;
  const version = text(value, "version", location) ?? "";
  const from = origin(location, value, name, version, bundlers);
  for (const name of FLAGS) {
    // npm takes everything that is not empty for true.
    flag(value, name, location);
  }
  return { location, name, version, origin: from, claims: value };
}

const FLAGS = ["dev", "optional", "devOptional", "peer", "extraneous", "ideallyInert", "hasShrinkwrap", "hasInstallScript"] as const;

function origin(location: string, value: JsonObject, name: string, version: string, bundlers: Bundlers): Origin {
  const resolved = text(value, "resolved", location);
  const integrity = text(value, "integrity", location);
  const isLink = flag(value, "link", location);
  const isBundled = flag(value, "inBundle", location);
  if (isLink) {
    return folder(resolved ?? "");
  }
  if (!`/${location}/`.includes("/node_modules/")) {
    return folder(location);
  }
  const place = packagePlace(location);
  if (place === undefined) {
    return { tag: "uncovered", val: "name", words: "its place is none of a package" };
  }
  if (resolved !== undefined && !/^https?:\/\//i.test(resolved)) {
    return elsewhere(resolved);
  }
  const checked = packageName(name);
  if (checked === undefined || !isVersion(version)) {
    // npm takes whatever stands in the place of a version for an address.
    const words = "its name or version is none of a registry";
    return version.includes(":") ? elsewhere(version) : { tag: "uncovered", val: "name", words };
  }
  // One that says where it comes from does not come out of a bundle.
  const bundler = isBundled && resolved === undefined && integrity === undefined ? bundlers.of(location) : undefined;
  if (bundler !== undefined) {
    return { tag: "bundled", val: bundler };
  }
  const url = resolved === undefined ? undefined : parseUrl(resolved, location);
  return { tag: "tarball", val: { name: checked, version, resolved: url, integrity } };
}

/** A folder below the project may belong to it. */
function folder(path: string): Origin {
  return isPlainPath(path)
    ? { tag: "own", val: path }
    : { tag: "uncovered", val: "folder", words: "it is a folder outside of the project" };
}

function elsewhere(address: string): Origin {
  if (/^file:/i.test(address)) {
    return { tag: "uncovered", val: "file", words: "it is a file of this machine" };
  }
  return /^(?:git|github|gitlab|bitbucket|gist)\b/i.test(address)
    ? { tag: "uncovered", val: "git", words: "it comes from a git repository" }
    : { tag: "uncovered", val: "address", words: "its address is not one of http or https" };
}

/** Which tarball brings along a package that is marked as bundled. */
class Bundlers {
  readonly #packages: JsonObject;

  constructor(packages: JsonObject) {
    this.#packages = packages;
  }

  /** The location of the bundling package; `undefined` where it is the project, which bundles what comes from elsewhere. */
  of(location: string): string | undefined {
    const parent = packagePlace(location)?.parent ?? "";
    const value = member(this.#packages, parent);
    if (packagePlace(parent) === undefined || !isObject(value)) {
      return undefined;
    }
    return member(value, "inBundle") === true ? this.of(parent) : parent;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new LockError("it is not JSON", { cause });
  }
}

function parseUrl(resolved: string, location: string): URL {
  try {
    return new URL(resolved);
  } catch (cause) {
    throw new LockError(`the package at ${location} has an address that is no URL`, { cause });
  }
}

function object(value: unknown, what: string): JsonObject {
  if (!isObject(value)) {
    throw new LockError(`${what} is no JSON object`);
  }
  return value;
}

function text(value: JsonObject, name: string, location: string): string | undefined {
  const found = member(value, name);
  if (found !== undefined && typeof found !== "string") {
    throw new LockError(`${name} of the package at ${location} is no text`);
  }
  return found;
}

function flag(value: JsonObject, name: string, location: string): boolean {
  const found = member(value, name);
  if (found !== undefined && typeof found !== "boolean") {
    throw new LockError(`${name} of the package at ${location} is neither true nor false`);
  }
  return found === true;
}
