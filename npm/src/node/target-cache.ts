/**
 * Target files of earlier runs, in a folder of the user's, by their digests.
 *
 * Nothing in the folder is believed. A file is read into memory as a whole, and used if the verifier finds it to be the target by the
 * metadata of this run; whatever else is in its place is deleted. So whoever can write to the folder can make a run slower, and nothing
 * else.
 * Names, lengths and times of files decide on what is looked at and what is deleted, never on what is used.
 *
 * An entry is written under another name and renamed. It need not outlive a power failure: what is left of it then is no target.
 * Runs side by side need no lock: each of them reads whole files or none.
 */

import { randomBytes } from "node:crypto";
import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { lstat, mkdir, readdir, rename, rm, unlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TargetFile } from "../target-file.js";
import { exposed } from "./ownership.js";
import { codeOf } from "./replace.js";

/** What identifies an entry: the length and the digests that signed metadata lists. */
export type Cacheable = Pick<TargetFile, "length" | "hashes">;

/** Judges bytes by the metadata of this run. */
export type Judge = (bytes: Uint8Array) => Promise<boolean>;

/** Most bytes of a target that is kept, because it is read into memory as a whole. Larger ones are fetched in every run. */
export const MAX_ENTRY = 64 << 20;

/** The target files of earlier runs. */
export class TargetCache {
  readonly #folder: string;
  readonly #limit: number;
  readonly #notice: (text: string) => void;
  #isOff = false;
  #hasMissed = false;
  #hasGrown = false;

  private constructor(folder: string, limit: number, notice: (text: string) => void) {
    this.#folder = folder;
    this.#limit = limit;
    this.#notice = notice;
  }

  /**
   * The cache in a folder, which is made. It keeps at most `limit` bytes after {@link trim}. `undefined` where the limit is 0, and where
   * the folder cannot be used or somebody else can change it: `notice` is told why, and everything is fetched.
   */
  static async open(folder: string, limit: number, notice: (text: string) => void): Promise<TargetCache | undefined> {
    if (limit === 0) {
      return undefined;
    }
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // A link in its place would lead to a folder that is checked as well, and used.
      const found = exposed(folder);
      if (found === undefined) {
        return new TargetCache(folder, limit, notice);
      }
      notice(`the cache ${folder} is not used: ${found.path} ${found.how}`);
    } catch (error) {
      notice(`the cache ${folder} is not used: ${words(error)}`);
    }
    return undefined;
  }

  /** The bytes of a target, if they are there and `isTarget` finds them to be its bytes. What else is in their place is deleted. */
  async get(target: Cacheable, isTarget: Judge): Promise<Uint8Array | undefined> {
    const path = this.#path(target);
    if (path === undefined) {
      return undefined;
    }
    const entry = readEntry(path, target.length);
    if (entry === undefined) {
      return undefined;
    }
    if (entry !== "foreign" && (await isTarget(entry.bytes))) {
      await noteUse(path, entry.used);
      return entry.bytes;
    }
    await this.#remove(path);
    return undefined;
  }

  /**
   * Keeps the bytes of a target, which were verified. A disk that is full, or any other failure, ends the keeping and not the run. Where
   * only the place of this entry cannot be taken, only this one is not kept.
   */
  async put(target: Cacheable, bytes: Uint8Array): Promise<void> {
    const path = this.#path(target);
    if (path === undefined || this.#isOff) {
      return;
    }
    const unfinished = join(this.#folder, `.tuf-${randomBytes(8).toString("hex")}${UNFINISHED}`);
    try {
      await writeFile(unfinished, bytes, { flag: "wx", mode: 0o600 });
      if (await this.#replace(unfinished, path)) {
        this.#hasGrown = true;
      }
    } catch (error) {
      if (!this.#isOff) {
        this.#isOff = true;
        this.#notice(`nothing more is kept in the cache ${this.#folder}: ${words(error)}`);
      }
      await unlink(unfinished).catch(() => undefined);
    }
  }

  /**
   * Deletes entries until no more than the limit is left, those first that were not used for the longest time; and unfinished files
   * that no run writes any more. Nothing is done in a run that has kept nothing.
   */
  async trim(): Promise<void> {
    if (!this.#hasGrown) {
      return;
    }
    const found = await Promise.all((await readdir(this.#folder).catch(() => [])).map((name) => this.#look(name)));
    const files = found.filter((one) => one !== undefined).sort((one, other) => one.used - other.used);
    const stale = files.filter(({ name, used }) => name.endsWith(UNFINISHED) && used < Date.now() - DAY);
    const entries = files.filter(({ name }) => ENTRY.test(name));
    let length = entries.reduce((sum, entry) => sum + entry.length, 0);
    for (const { name } of stale) {
      await this.#remove(join(this.#folder, name));
    }
    for (const entry of entries) {
      if (length <= this.#limit) {
        return;
      }
      await this.#remove(join(this.#folder, entry.name));
      length -= entry.length;
    }
  }

  /** Where a target is; `undefined` for one that is not kept. Digests come from metadata, and become names of files. */
  #path({ length, hashes }: Cacheable): string | undefined {
    if (length > Math.min(MAX_ENTRY, this.#limit)) {
      return undefined;
    }
    const name = ["sha512", "sha256"].map((algorithm) => `${algorithm}-${hashes[algorithm] ?? ""}`).find((one) => ENTRY.test(one));
    return name === undefined ? undefined : join(this.#folder, name);
  }

  /** Whether a file could be put in the place of an entry; the first time that it could not, it is said. */
  async #replace(unfinished: string, path: string): Promise<boolean> {
    try {
      await rename(unfinished, path);
      return true;
    } catch (error) {
      if (!OCCUPIED.has(codeOf(error) ?? "")) {
        throw error;
      }
      if (!this.#hasMissed) {
        this.#hasMissed = true;
        this.#notice(`an entry of the cache ${this.#folder} cannot be replaced: ${words(error)}`);
      }
      await unlink(unfinished).catch(() => undefined);
      return false;
    }
  }

  async #look(name: string): Promise<{ readonly name: string; readonly length: number; readonly used: number } | undefined> {
    const found = await lstat(join(this.#folder, name)).catch(() => undefined);
    return found && { name, length: found.size, used: found.mtimeMs };
  }

  /** Deletes whatever is at a path; a link, and not what it leads to. */
  async #remove(path: string): Promise<void> {
    await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

const DAY = 86_400_000;

const ENTRY = /^(?:sha512-[0-9a-f]{128}|sha256-[0-9a-f]{64})$/;

/** How the names of files end that are being written. */
const UNFINISHED = ".unfinished";

/** Why a file that could be written cannot be renamed: because of what is in its place, and not of the folder. */
const OCCUPIED: ReadonlySet<string> = new Set(["EISDIR", "ENOTEMPTY", "EEXIST", "EPERM", "EACCES", "EBUSY"]);

/** What to open says of what is no regular file: of links (FreeBSD has EMLINK), sockets, folders. */
const FOREIGN: ReadonlySet<string> = new Set(["ELOOP", "EMLINK", "ENXIO", "ENOTDIR", "EISDIR"]);

/** Marks an entry as used, once a day. */
async function noteUse(path: string, used: number): Promise<void> {
  const now = Date.now();
  if (Math.abs(now - used) > DAY) {
    await utimes(path, now / 1000, now / 1000).catch(() => undefined);
  }
}

interface Entry {
  readonly bytes: Uint8Array;
  /** When it was last used, in milliseconds since 1970. */
  readonly used: number;
}

/**
 * The bytes of a regular file of this length; `foreign` where something else is there; `undefined` where nothing is, or it cannot be
 * read now, as with too many open files. Synchronous: a read of a small file takes less time than a promise for it.
 */
function readEntry(path: string, length: number): Entry | "foreign" | undefined {
  let file: number;
  try {
    // No link is followed, and no pipe waited for.
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    return FOREIGN.has(codeOf(error) ?? "") ? "foreign" : undefined;
  }
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.size !== length) {
      return "foreign";
    }
    const bytes = Buffer.alloc(length);
    let read = 0;
    for (let part = -1; part !== 0 && read < length; read += part) {
      part = readSync(file, bytes, read, length - read, read);
    }
    return read === length ? { bytes, used: found.mtimeMs } : "foreign";
  } catch {
    return undefined;
  } finally {
    closeSync(file);
  }
}

function words(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
