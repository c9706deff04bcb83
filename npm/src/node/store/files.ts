/** The files of a trusted store in a folder, and how long they may be. */

import { mkdir, open, stat, type FileHandle } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseStoreName } from "../../store/name.js";
import { codeOf, isFolder, syncFolder } from "../replace.js";
import { tooLong, unreadable, unusable, unwritable } from "./failure.js";
import { fileName } from "./file-name.js";
import { remove, write } from "./write.js";

/** Reads and writes the files of the store in this folder, of this many bytes at most. Takes no lock. */
export class StoreFiles {
  readonly folder: string;
  readonly #maxLength: number;

  constructor(folder: string, maxLength: number) {
    this.folder = folder;
    this.#maxLength = maxLength;
  }

  /** @throws {StoreError} `store-name`, `store-unreadable`, `store-file-too-long`. */
  async load(name: string): Promise<Uint8Array | undefined> {
    const { path } = this.#place(name);
    let bytes: Uint8Array | undefined;
    try {
      bytes = await read(path, this.#maxLength);
    } catch (error) {
      throw unreadable(path, error);
    }
    if (bytes !== undefined && bytes.length > this.#maxLength) {
      throw tooLong(path, this.#maxLength);
    }
    return bytes;
  }

  /** @throws {StoreError} `store-name`, `store-unwritable`, `store-file-too-long`, `store-unusable`. */
  async persist(name: string, bytes: Uint8Array): Promise<void> {
    const { folder, file, path } = this.#place(name);
    this.check(name, bytes);
    if (folder !== this.folder) {
      await createFolder(folder);
    }
    await write(folder, file, bytes).catch((error: unknown) => {
      throw unwritable(path, error);
    });
  }

  /** @throws {StoreError} `store-name`, `store-unwritable`. */
  async forget(name: string): Promise<void> {
    const { folder, file, path } = this.#place(name);
    await remove(folder, file).catch((error: unknown) => {
      throw unwritable(path, error);
    });
  }

  /**
   * Refuses bytes that are too long to be kept, and names of no file.
   *
   * @throws {StoreError} `store-name`, `store-file-too-long`.
   */
  check(name: string, bytes?: Uint8Array): void {
    const { path } = this.#place(name);
    if (bytes !== undefined && bytes.length > this.#maxLength) {
      throw tooLong(path, this.#maxLength);
    }
  }

  #place(name: string): { readonly folder: string; readonly file: string; readonly path: string } {
    const parsed = parseStoreName(name);
    const folder = parsed.folder === undefined ? this.folder : join(this.folder, parsed.folder);
    const file = fileName(parsed);
    return { folder, file, path: join(folder, file) };
  }
}

/**
 * Creates a folder and those above it, where they are not there, for good, and for their owner alone (mode 0700).
 *
 * @throws {StoreError} `store-unusable`.
 */
export async function createFolder(path: string): Promise<void> {
  if (await isFolder(path)) {
    return;
  }
  const parent = dirname(path);
  if (parent !== path) {
    await createFolder(parent);
  }
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (await isFolder(path)) {
      // Another process made it in the meantime.
      return;
    }
    throw unusable(path, error);
  }
  // A parent that may not be read cannot be synchronised: then a power failure may leave no store.
  await syncFolder(parent).catch(() => undefined);
}

/** Reads at most `limit + 1` bytes; none where there is no such file. */
async function read(path: string, limit: number): Promise<Uint8Array | undefined> {
  try {
    // A look before the file is opened: opening a pipe would wait for its writer.
    const found = await stat(path);
    if (!found.isFile()) {
      throw new Error("this is no regular file");
    }
    const file = await open(path, "r");
    try {
      return await readAtMost(file, limit + 1, found.size);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Reads to the end, but no more than `limit` bytes. The file has had `expected` bytes. */
async function readAtMost(file: FileHandle, limit: number, expected: number): Promise<Uint8Array> {
  let bytes = new Uint8Array(Math.min(limit, expected + 1));
  for (let length = 0; ; ) {
    const { bytesRead } = await file.read(bytes, length, bytes.length - length, null);
    length += bytesRead;
    if (bytesRead === 0 || length === limit) {
      return bytes.subarray(0, length);
    }
    if (length === bytes.length) {
      // It has grown.
      const larger = new Uint8Array(Math.min(limit, 2 * length));
      larger.set(bytes);
      bytes = larger;
    }
  }
}
