/** Target files that are not whole yet, beside their place. */

import { createHash, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, lstat, open, readdir, rename, unlink, writeFile, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Output } from "../client/output.js";
import { ClientError } from "../errors.js";
import type { Target } from "../records.js";
import { tryLock } from "./lock/file-lock.js";
import { codeOf, isBeingWritten, replace, syncFolder } from "./replace.js";

/** What a file of a target is bound to. */
export type Bytes = Pick<Target, "length" | "hashes">;

/**
 * An unfinished file: `.tuf-`, a hash of the target's length and hashes, random letters, and `.unfinished`.
 *
 * Each transfer has one of its own, that nobody else writes to, and holds a lock on it: the native host obeys the same rule. One
 * without a lock was left by a transfer that failed or died. What is in it is copied and hashed again: whoever could write to it
 * cannot write to the copy. Where there are no locks, nothing is left and nothing taken over.
 *
 * The lock costs a process, so that the first 1 MiB is kept in memory, and no file is made for a target that is not larger until
 * it is whole. Exactly one of `finish`, `keep` and `discard` ends it.
 */
export class Unfinished implements Output {
  readonly #to: string;
  readonly #target: Bytes;
  readonly #prefix: string;
  #memory: Uint8Array[] = [];
  #file: LockedFile | undefined;
  #length = 0;

  private constructor(target: Bytes, to: string) {
    this.#to = to;
    this.#target = target;
    this.#prefix = `.tuf-${identity(target)}.`;
  }

  /** Nothing yet, of what is to be the file `to`. @throws {ClientError} `output-unwritable` where its folder is of no use. */
  static async create(target: Bytes, to: string): Promise<Unfinished> {
    const unfinished = new Unfinished(target, to);
    await unfinished.#writing(access(unfinished.#folder, constants.W_OK));
    return unfinished;
  }

  /**
   * Takes over what earlier transfers of the target have left: the longest of their files, which is handed to `write` piece by
   * piece. The others are deleted.
   *
   * @throws {ClientError} `output-unwritable` where what was taken over cannot be read again.
   */
  async takeOver(write: (chunk: Uint8Array) => void): Promise<void> {
    const left = await abandoned(this.#folder, this.#prefix);
    try {
      const length = Number(this.#target.length);
      const usable = left.filter((file) => file.length <= length).sort((one, other) => other.length - one.length)[0];
      if (usable !== undefined) {
        await this.#copy(usable).catch(() => this.clear());
      }
    } finally {
      for (const { path, file } of left) {
        // One that cannot be deleted takes room and does no harm.
        await unlink(path).catch(() => undefined);
        await file.close();
      }
    }
    this.#memory.forEach(write);
    for await (const chunk of this.#file === undefined ? [] : pieces(this.#file.file, this.#length)) {
      write(chunk);
    }
  }

  /** @throws {ClientError} `output-unwritable`. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#file === undefined && this.#length + chunk.length <= IN_MEMORY) {
      // `slice` of a `Buffer` would share its memory.
      this.#memory.push(new Uint8Array(chunk));
    } else {
      await this.#writing(this.#write(chunk));
    }
    this.#length += chunk.length;
  }

  /** @throws {ClientError} `output-unwritable`. */
  async clear(): Promise<void> {
    this.#memory = [];
    this.#length = 0;
    await this.#writing(this.#file?.file.truncate(0) ?? Promise.resolve());
  }

  /**
   * Moves the file, which is whole and verified, to its place. It then outlives a power failure.
   *
   * @throws {ClientError} `output-unwritable`.
   */
  async finish(): Promise<void> {
    await this.#writing(this.#file === undefined ? this.#replace() : this.#move(this.#file));
  }

  /**
   * Leaves the file for the next transfer of the target. One that is empty, or that others could not know to be left, is deleted.
   */
  async keep(): Promise<void> {
    if (this.#length === 0 || this.#file?.isLocked === false) {
      return this.discard();
    }
    // A file that cannot be kept is fetched from the beginning.
    const kept =
      this.#file?.file.close() ?? writeFile(this.#newPath(), Buffer.concat(this.#memory), { flag: "wx", mode: 0o666 });
    await kept.catch(() => undefined);
  }

  /** Leaves nothing. */
  async discard(): Promise<void> {
    this.#memory = [];
    if (this.#file !== undefined) {
      await unlink(this.#file.path).catch(() => undefined);
      await this.#file.file.close().catch(() => undefined);
    }
  }

  get #folder(): string {
    return dirname(this.#to);
  }

  #newPath(): string {
    return join(this.#folder, this.#newName());
  }

  #newName(): string {
    return `${this.#prefix}${randomBytes(6).toString("hex")}${SUFFIX}`;
  }

  async #copy({ file, length }: Abandoned): Promise<void> {
    for await (const chunk of pieces(file, length)) {
      await this.append(chunk);
    }
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#file === undefined) {
      this.#file = await createLocked(() => this.#newPath());
      await writeAll(this.#file.file, Buffer.concat(this.#memory), 0);
      this.#memory = [];
    }
    await writeAll(this.#file.file, chunk, this.#length);
  }

  #replace(): Promise<void> {
    const name = basename(this.#to);
    const bytes = Buffer.concat(this.#memory);
    return replace({ folder: this.#folder, name, bytes, unfinished: () => this.#newName() });
  }

  async #move({ file, path }: LockedFile): Promise<void> {
    try {
      await file.sync();
      await rename(path, this.#to);
    } catch (error) {
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
    await syncFolder(this.#folder);
  }

  async #writing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (cause) {
      throw new ClientError(`cannot write ${this.#to}`, "output-unwritable", this.#to, { cause });
    }
  }
}

/** How the names of unfinished files end. */
const SUFFIX = ".unfinished";

/** Bytes that are kept in memory before a file is made. */
const IN_MEMORY = 1 << 20;

/** Bytes read and copied at once. */
const CHUNK = 64 << 10;

/** Times that a file is made again when its first moment without a lock was used to delete it. */
const ATTEMPTS = 16;

/** A file that this transfer writes, and whether others can tell. */
interface LockedFile {
  readonly path: string;
  readonly file: FileHandle;
  readonly isLocked: boolean;
}

/** A file that nobody writes to any more, with its lock. */
interface Abandoned {
  readonly path: string;
  readonly file: FileHandle;
  readonly length: number;
}

/** A new file, with its lock where it can be had. */
async function createLocked(newPath: () => string): Promise<LockedFile> {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL;
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    const path = newPath();
    let file: FileHandle | undefined;
    try {
      file = await tryLock({ path, flags, mode: 0o666 }, "exclusive");
    } catch (error) {
      if (codeOf(error) === "EEXIST") {
        continue;
      }
      // Perhaps there are no locks here: then the file was made and closed.
      await unlink(path).catch(() => undefined);
      break;
    }
    // Between the two, another process may have taken it for abandoned and deleted it.
    if (file !== undefined && (await isThere(path))) {
      return { path, file, isLocked: true };
    }
    await file?.close();
  }
  const path = newPath();
  return { path, file: await open(path, flags, 0o666), isLocked: false };
}

/** The files that were left of a target. */
async function abandoned(folder: string, prefix: string): Promise<readonly Abandoned[]> {
  const names = await readdir(folder).catch(() => []);
  const left: Abandoned[] = [];
  for (const name of names.filter((name) => name.startsWith(prefix) && name.endsWith(SUFFIX))) {
    const path = join(folder, name);
    const found = isBeingWritten(path) ? undefined : await takeAbandoned(path).catch(() => undefined);
    if (found !== undefined) {
      left.push(found);
    }
  }
  return left;
}

/** The file at this path, where it is regular and nobody holds its lock. */
async function takeAbandoned(path: string): Promise<Abandoned | undefined> {
  // A look before it is opened: opening a pipe would wait for its writer.
  if (!(await lstat(path)).isFile()) {
    return undefined;
  }
  const file = await tryLock({ path, flags: constants.O_RDONLY }, "exclusive");
  // Its owner may have moved it to its place before the lock was free. Names are never used twice.
  const found = await lstat(path).catch(() => undefined);
  if (file !== undefined && found !== undefined) {
    return { path, file, length: found.size };
  }
  await file?.close();
  return undefined;
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function* pieces(file: FileHandle, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let place = 0; place < length; ) {
    const chunk = Buffer.alloc(Math.min(CHUNK, length - place));
    const { bytesRead } = await file.read(chunk, 0, chunk.length, place);
    if (bytesRead === 0) {
      return;
    }
    yield chunk.subarray(0, bytesRead);
    place += bytesRead;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, place: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await file.write(bytes, written, bytes.length - written, place + written)).bytesWritten;
  }
}

/** SHA-256 of the target's length and hashes, in lower-case hexadecimal. */
function identity({ length, hashes }: Bytes): string {
  const lines = [String(length), ...hashes.map(({ algorithm, digest }) => `${algorithm}:${digest}`)];
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}
