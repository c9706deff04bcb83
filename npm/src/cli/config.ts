/**
 * Which repository, and whom to trust: from the command line and from files.
 *
 * | place, each counting more than those below | who writes there | is checked | may name a store |
 * |---|---|---|---|
 * | the command line | the user | no | yes |
 * | the file of `--config`, in place of the two below | whoever the user vouches for by naming it | no | yes |
 * | `tuf-verifier/config.json` where the system keeps the user's settings | the user | owner and permissions | yes |
 * | `tuf-verifier.json` in the current folder, or the nearest one above | whoever made the project | owner and permissions | no |
 *
 * The greatest place that names a metadata URL names the repository. Every other setting counts from there or from a greater place,
 * and no lesser place is read: nobody's root is combined with somebody else's URL. A trusted root is checked as the file is that
 * names it. A store named by a project would be written to, whatever it is.
 */

import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { exposed } from "../node/ownership.js";
import { readRegular } from "../node/regular-file.js";
import { isObject, type JsonObject } from "../npm/json.js";
import { type Profile, renamedProfile } from "../settings.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable, usage } from "./failure.js";

/** The file of a project: in the current folder, or in the nearest folder above it that has one. */
export const FILE_NAME = "tuf-verifier.json";

/** What the command line says. A value here counts more than one of the file. */
export interface Flags {
  readonly config?: string | undefined;
  readonly metadataUrl?: readonly string[] | undefined;
  readonly targetsUrl?: readonly string[] | undefined;
  readonly trustedRoot?: string | undefined;
  readonly store?: string | undefined;
  readonly replaceRootLine?: boolean | undefined;
  readonly bundle?: string | undefined;
  readonly offline?: boolean | undefined;
  readonly freshFor?: number | undefined;
  readonly cacheSize?: number | undefined;
  readonly maxTargetLength?: number | undefined;
  readonly profile?: Profile | undefined;
}

/** Which repository, and whom to trust. */
export interface Config {
  /** URLs or folders of the metadata: the repository, then its mirrors. */
  readonly metadataUrl: readonly string[];
  /** URL or folder of the targets for each of them; none where they are `targets` beside `metadata`. */
  readonly targetsUrl: readonly string[] | undefined;
  /** File of trusted root metadata. */
  readonly trustedRoot: string;
  /** Folder of the trusted store; where it is not named, the path that the folders of the repository's lines begin with. */
  readonly store: string;
  /** Whether the folder of the trusted store was named, and is used as it is. */
  readonly storeIsNamed: boolean;
  /** Whether the trusted root may replace the line of roots of the named store. */
  readonly replaceRootLine: boolean;
  /** File that answers in place of the repository. */
  readonly bundle: string | undefined;
  readonly offline: boolean;
  /** Seconds. */
  readonly freshFor: number;
  /** Most bytes of the cache of verified targets; 0 for none. */
  readonly cacheSize: number;
  /** Bytes of a target; none for the default. */
  readonly maxTargetLength: number | undefined;
  readonly profile: Profile;
}

/** The values of one place, or of several. Paths are absolute. */
interface Values {
  readonly metadataUrl?: readonly string[] | undefined;
  readonly targetsUrl?: readonly string[] | undefined;
  readonly trustedRoot?: Root | undefined;
  readonly store?: string | undefined;
  readonly freshFor?: number | undefined;
  readonly cacheSize?: number | undefined;
  readonly profile?: Profile | undefined;
}

/** A file of trusted root metadata, and whether the user vouches for it by name. */
interface Root {
  readonly path: string;
  readonly isVouched: boolean;
}

/** A file of settings. */
interface SettingsFile {
  readonly path: string;
  readonly of: "command line" | "user" | "project";
}

/**
 * Reads the command line, and the files no further than the first that names a metadata URL. A file of `--config` is always read.
 *
 * @throws {Failure} for a file that cannot be used or that others can change, or a value that is missing.
 */
export async function loadConfig(current: string, flags: Flags): Promise<Config> {
  let values = flagValues(current, flags);
  let place = "the command line";
  const lesser = files(current, flags.config);
  // A file that the user names must be of the format, also if it decides nothing.
  while (values.metadataUrl === undefined || flags.config !== undefined) {
    const next = await lesser.next();
    if (next.done === true) {
      break;
    }
    const { file, content } = next.value;
    const read = parse(file, content);
    if (values.metadataUrl === undefined) {
      values = combined(values, read);
      place = file.path;
    }
  }
  const { metadataUrl = [], targetsUrl, trustedRoot } = values;
  if (metadataUrl.length === 0 && flags.bundle === undefined) {
    throw missing("metadata-url", "metadataUrl");
  }
  // A bundle without a repository is named on the command line: no lesser place says whose root is trusted for it.
  if (trustedRoot === undefined || (metadataUrl.length === 0 && flags.trustedRoot === undefined)) {
    throw missingRoot(metadataUrl.length === 0 ? "the command line" : place);
  }
  checkFile(trustedRoot.path, trustedRoot.isVouched);
  if (targetsUrl !== undefined && targetsUrl.length !== metadataUrl.length) {
    throw usage("there is one targets URL for each metadata URL, or none at all");
  }
  if (flags.replaceRootLine === true && flags.store === undefined) {
    throw usage("--replace-root-line needs --store: it says which store is to be changed");
  }
  return {
    metadataUrl,
    targetsUrl,
    trustedRoot: trustedRoot.path,
    store: values.store ?? defaultStore(metadataUrl[0] ?? trustedRoot.path),
    storeIsNamed: values.store !== undefined,
    replaceRootLine: flags.replaceRootLine ?? false,
    bundle: flags.bundle === undefined ? undefined : resolve(current, flags.bundle),
    offline: flags.offline ?? false,
    freshFor: values.freshFor ?? 0,
    cacheSize: values.cacheSize ?? CACHE_SIZE,
    maxTargetLength: flags.maxTargetLength,
    profile: values.profile ?? "compatible",
  };
}

function flagValues(current: string, flags: Flags): Values {
  const { trustedRoot, store } = flags;
  return {
    metadataUrl: flags.metadataUrl?.map((url) => place(current, url)),
    targetsUrl: flags.targetsUrl?.map((url) => place(current, url)),
    trustedRoot: trustedRoot === undefined ? undefined : { path: resolve(current, trustedRoot), isVouched: true },
    store: store === undefined ? undefined : resolve(current, store),
    freshFor: flags.freshFor,
    cacheSize: flags.cacheSize,
    profile: flags.profile,
  };
}

/** The greater values, which name no repository, and what is missing of them from the lesser ones. */
function combined(greater: Values, lesser: Values): Values {
  return {
    metadataUrl: lesser.metadataUrl,
    targetsUrl: greater.targetsUrl ?? lesser.targetsUrl,
    trustedRoot: greater.trustedRoot ?? lesser.trustedRoot,
    store: greater.store ?? lesser.store,
    freshFor: greater.freshFor ?? lesser.freshFor,
    cacheSize: greater.cacheSize ?? lesser.cacheSize,
    profile: greater.profile ?? lesser.profile,
  };
}

/** @throws {Failure} for a file that nobody vouches for and that somebody else can change. */
function checkFile(path: string, isVouched: boolean): void {
  const found = isVouched ? undefined : exposed(path);
  if (found !== undefined) {
    throw new Failure({
      message: `${path} is not used: ${found.path} ${found.how}`,
      code: "config-exposed",
      status: ExitStatus.usage,
      help:
        "make it yours and writable by you alone; or, if you trust everybody who can change it, name it with --config FILE or " +
        "--trusted-root FILE",
    });
  }
}

/** A URL as a person may read it: without user name, password and query. A folder as it is. */
export function withoutCredentials(url: string): string {
  return /^https?:/i.test(url) ? url.replace(/\/\/[^/?#]*@/, "//").replace(/[?#].*$/s, "") : url;
}

function missing(option: string, key: string): Failure {
  return new Failure({
    message: `neither --${option} nor ${key} in a file ${FILE_NAME} says which repository to trust`,
    code: "not-configured",
    status: ExitStatus.usage,
    help: `give --${option}, or write it into ${FILE_NAME} beside package.json`,
  });
}

function missingRoot(place: string): Failure {
  return new Failure({
    message: `no trusted root is configured for the repository that ${place} names: a root counts from there, or from a place that counts more`,
    code: "no-trusted-root",
    status: ExitStatus.usage,
    help: "give --trusted-root, or write trustedRoot beside metadataUrl",
  });
}

/** The files that are there, the one that counts most first. Each is checked before it is read. */
async function* files(current: string, given: string | undefined): AsyncGenerator<{ readonly file: SettingsFile; readonly content: string }, void> {
  if (given !== undefined) {
    const path = resolve(current, given);
    const { bytes } = await readRegular(path, MAX_SETTINGS).catch((cause: unknown) => {
      throw fileUnusable("read", path, cause);
    });
    yield { file: { path, of: "command line" }, content: textOf(bytes) };
    return;
  }
  const own = userFile();
  const content = await found(own);
  if (content !== undefined) {
    yield { file: { path: own, of: "user" }, content };
  }
  for (let folder = resolve(current); ; folder = dirname(folder)) {
    const path = join(folder, FILE_NAME);
    const content = await found(path);
    if (content !== undefined) {
      yield { file: { path, of: "project" }, content };
      return;
    }
    if (folder === dirname(folder)) {
      return;
    }
  }
}

/** What is in a file; `undefined` where it is not there. @throws {Failure} where others can change it, or it cannot be read. */
async function found(path: string): Promise<string | undefined> {
  const file = await readRegular(path, MAX_SETTINGS).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT" || cause.code === "ENOTDIR") {
      return undefined;
    }
    throw fileUnusable("read", path, cause);
  });
  if (file === undefined) {
    return undefined;
  }
  checkFile(path, false);
  // What was checked must be what was read: another file may have been put in its place in between, or none be left.
  const now = await stat(path).catch(() => undefined);
  if (now?.ino !== file.stats.ino || now.dev !== file.stats.dev) {
    throw fileUnusable("read", path, "it was replaced while it was read");
  }
  return textOf(file.bytes);
}

/** Most bytes of the cache of verified targets, by default. */
const CACHE_SIZE = 2 ** 30;

/** Most bytes of a file of settings. */
const MAX_SETTINGS = 1 << 20;

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The keys of a file. An unknown key is an error: it may be a misspelt one. */
const KEYS: Readonly<Record<string, (value: unknown, folder: string) => unknown>> = {
  metadataUrl: (value, folder) => texts(value)?.map((url) => place(folder, url)),
  targetsUrl: (value, folder) => texts(value)?.map((url) => place(folder, url)),
  trustedRoot: (value, folder) => (typeof value === "string" ? resolve(folder, value) : undefined),
  store: (value, folder) => (typeof value === "string" ? resolve(folder, value) : undefined),
  freshFor: whole,
  cacheSize: whole,
  profile: (value) => (value === "compatible" || value === "strict" ? value : undefined),
};

function whole(value: unknown): unknown {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? value : undefined;
}

function parse({ path, of }: SettingsFile, content: string): Values {
  const folder = dirname(path);
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(jsonObject(path, content))) {
    const read = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (read === undefined) {
      throw unusable(path, `there is no key ${JSON.stringify(key)}`);
    }
    const found = read(value, folder);
    if (found === undefined) {
      const renamed = key === "profile" ? renamedProfile(value) : undefined;
      throw unusable(path, `the value of ${key} has the wrong form${renamed === undefined ? "" : `: ${renamed}`}`);
    }
    values[key] = found;
  }
  if (values["store"] !== undefined && (of === "project" || values["metadataUrl"] === undefined)) {
    const reason = of === "project" ? "a project does not choose a store" : "a store belongs to the metadataUrl beside it";
    throw unusable(path, reason, `give --store, or write store beside metadataUrl in ${userFile()}`);
  }
  if (values["cacheSize"] !== undefined && of === "project") {
    throw unusable(path, "a project does not choose the size of the user's cache", `give --cache-size, or write cacheSize in ${userFile()}`);
  }
  const root = values["trustedRoot"] as string | undefined;
  return { ...values, trustedRoot: root === undefined ? undefined : { path: root, isVouched: of === "command line" } };
}

function jsonObject(path: string, content: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (cause) {
    throw unusable(path, `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
  if (!isObject(value)) {
    throw unusable(path, "it is no JSON object");
  }
  return value;
}

function unusable(path: string, reason: string, help = `the keys are ${Object.keys(KEYS).join(", ")}`): Failure {
  return new Failure({ message: `${path}: ${reason}`, code: "config-unusable", status: ExitStatus.usage, help });
}

function texts(value: unknown): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.length > 0 && list.every((url) => typeof url === "string" && url !== "") ? (list as string[]) : undefined;
}

/** A URL as it is; anything else is a folder. */
function place(base: string, url: string): string {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(url) ? url : resolve(base, url);
}

/** The stores of a repository are named by the metadata URL: readable, and different for each. Each line of roots has its own. */
function defaultStore(url: string): string {
  const shown = withoutCredentials(url);
  const digest = createHash("sha256").update(shown).digest("hex").slice(0, 16);
  const readable = shown.replace(/^.*:\/\//, "").replace(/[^A-Za-z0-9.]/g, "-").slice(0, 48).replace(/^[-.]+|[-.]+$/g, "");
  return join(stateFolder(), "tuf-verifier", `${readable}-${digest}`);
}

/** The user's own settings, for every project. */
function userFile(): string {
  return join(settingsFolder(), "tuf-verifier", "config.json");
}

/** Where the system keeps the user's settings of programs. */
function settingsFolder(): string {
  const home = homedir();
  const named = process.env[process.platform === "win32" ? "APPDATA" : "XDG_CONFIG_HOME"];
  switch (process.platform) {
    case "win32":
      return named ?? join(home, "AppData", "Roaming");
    case "darwin":
      return join(home, "Library", "Application Support");
    default:
      // A relative one is to be ignored, says its specification: it would be the project's.
      return named !== undefined && isAbsolute(named) ? named : join(home, ".config");
  }
}

/** Where programs keep what must outlive them. */
function stateFolder(): string {
  const home = homedir();
  switch (process.platform) {
    case "win32":
      return process.env["LOCALAPPDATA"] ?? join(home, "AppData", "Local");
    case "darwin":
      return join(home, "Library", "Application Support");
    default: {
      const named = process.env["XDG_STATE_HOME"];
      return named !== undefined && isAbsolute(named) ? named : join(home, ".local", "state");
    }
  }
}

/** Where the system keeps what programs can do without. */
export function cacheFolder(): string {
  const home = homedir();
  switch (process.platform) {
    case "win32":
      return stateFolder();
    case "darwin":
      return join(home, "Library", "Caches");
    default: {
      const named = process.env["XDG_CACHE_HOME"];
      return named !== undefined && isAbsolute(named) ? named : join(home, ".cache");
    }
  }
}
