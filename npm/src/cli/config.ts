/** Which repository, and whom to trust: from the command line and the project's file. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { isObject, type JsonObject } from "../npm/json.js";
import { type Profile, renamedProfile } from "../settings.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable, usage } from "./failure.js";

/** The file in the current folder, or in the nearest folder above it that has one. */
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
  /** Bytes of a target; none for the default. */
  readonly maxTargetLength: number | undefined;
  readonly profile: Profile;
}

/** What a file may say. Paths are absolute. */
interface FileValues {
  readonly metadataUrl?: readonly string[];
  readonly targetsUrl?: readonly string[];
  readonly trustedRoot?: string;
  readonly store?: string;
  readonly freshFor?: number;
  readonly profile?: Profile;
}

/**
 * Combines the command line with the file. URLs of the targets and `freshFor` belong to the `metadataUrl` beside them: one that the
 * command line replaces takes them along.
 *
 * @throws {Failure} for a file that cannot be used, or a value that is missing.
 */
export async function loadConfig(current: string, flags: Flags): Promise<Config> {
  const file = await fileValues(current, flags.config);
  const own = flags.metadataUrl === undefined ? file : withoutRepository(file);
  const metadataUrl = flags.metadataUrl?.map((url) => place(current, url)) ?? file.metadataUrl ?? [];
  const targetsUrl = flags.targetsUrl?.map((url) => place(current, url)) ?? own.targetsUrl;
  const trustedRoot = flags.trustedRoot === undefined ? file.trustedRoot : resolve(current, flags.trustedRoot);
  if (metadataUrl.length === 0 && flags.bundle === undefined) {
    throw missing("metadata-url", "metadataUrl");
  }
  if (trustedRoot === undefined) {
    throw missing("trusted-root", "trustedRoot");
  }
  if (targetsUrl !== undefined && targetsUrl.length !== metadataUrl.length) {
    throw usage("there is one targets URL for each metadata URL, or none at all");
  }
  const store = flags.store === undefined ? file.store : resolve(current, flags.store);
  if (flags.replaceRootLine === true && flags.store === undefined) {
    throw usage("--replace-root-line needs --store: it says which store is to be changed");
  }
  return {
    metadataUrl,
    targetsUrl,
    trustedRoot,
    store: store ?? defaultStore(metadataUrl[0] ?? trustedRoot),
    storeIsNamed: store !== undefined,
    replaceRootLine: flags.replaceRootLine ?? false,
    bundle: flags.bundle === undefined ? undefined : resolve(current, flags.bundle),
    offline: flags.offline ?? false,
    freshFor: flags.freshFor ?? own.freshFor ?? 0,
    maxTargetLength: flags.maxTargetLength,
    profile: flags.profile ?? own.profile ?? "compatible",
  };
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

function withoutRepository(file: FileValues): FileValues {
  const { targetsUrl: _targets, freshFor: _fresh, profile: _profile, ...rest } = file;
  return rest;
}

async function fileValues(current: string, given: string | undefined): Promise<FileValues> {
  if (given !== undefined) {
    const path = resolve(current, given);
    const text = await readFile(path, "utf8").catch((cause: unknown) => {
      throw fileUnusable("read", path, cause);
    });
    return parse(path, text);
  }
  for (let folder = resolve(current); ; folder = dirname(folder)) {
    const path = join(folder, FILE_NAME);
    const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT") {
        return undefined;
      }
      throw fileUnusable("read", path, cause);
    });
    if (text !== undefined) {
      return parse(path, text);
    }
    if (folder === dirname(folder)) {
      return {};
    }
  }
}

/** The keys of a file. An unknown key is an error: it may be a misspelt one. */
const KEYS: Readonly<Record<string, (value: unknown, folder: string) => unknown>> = {
  metadataUrl: (value, folder) => texts(value)?.map((url) => place(folder, url)),
  targetsUrl: (value, folder) => texts(value)?.map((url) => place(folder, url)),
  trustedRoot: (value, folder) => (typeof value === "string" ? resolve(folder, value) : undefined),
  store: (value, folder) => (typeof value === "string" ? resolve(folder, value) : undefined),
  freshFor: (value) => (Number.isSafeInteger(value) && (value as number) >= 0 ? value : undefined),
  profile: (value) => (value === "compatible" || value === "strict" ? value : undefined),
};

function parse(path: string, content: string): FileValues {
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
  return values;
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

function unusable(path: string, reason: string): Failure {
  const help = `the keys are ${Object.keys(KEYS).join(", ")}`;
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

/** Where programs keep what must outlive them. */
function stateFolder(): string {
  const home = homedir();
  switch (process.platform) {
    case "win32":
      return process.env["LOCALAPPDATA"] ?? join(home, "AppData", "Local");
    case "darwin":
      return join(home, "Library", "Application Support");
    default:
      return process.env["XDG_STATE_HOME"] ?? join(home, ".local", "state");
  }
}
