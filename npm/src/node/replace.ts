/** Files that are replaced as a whole. */

import { constants } from "node:fs";
import { open, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { tryLock } from "./lock/file-lock.js";

/** A file that is to have these bytes. */
export interface Replacement {
  readonly folder: string;
  /** Name in the folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** A new name for the unfinished file in the same folder. */
  readonly unfinished: () => string;
}

/**
 * Replaces a file: a reader, and a crash at any moment, sees the old bytes or the new ones. When the promise is fulfilled, the
 * new ones outlive a power failure.
 *
 * @throws the error of the operating system. The old file, if any, is as it was.
 */
export async function replace(replacement: Replacement): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryReplace(replacement, attempt > UNLOCKED_ATTEMPTS);
    } catch (error) {
      if (attempt === ATTEMPTS || codeOf(error) !== "ENOENT" || !(await isFolder(replacement.folder))) {
        throw error;
      }
    }
  }
}

/** Whether this process is just writing the unfinished file at this path. */
export function isBeingWritten(path: string): boolean {
  return ours.has(path);
}

/** Makes the entries of a folder outlive a power failure, where the system can. */
export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") {
    // Windows writes the entries of a folder with the rename.
    return;
  }
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems have no such thing.
    if (!["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error) ?? "")) {
      throw error;
    }
  } finally {
    await handle.close();
  }
}

/** Whether there is a folder at this path. */
export async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}

/** The code of an error of the operating system, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Times that a write is begun again when its unfinished file was taken for one that a dead process left. */
const ATTEMPTS = 16;

/** Attempts without a lock on the unfinished file: it costs a process, and whoever cleans up does so rarely. */
const UNLOCKED_ATTEMPTS = 3;

/** Unfinished files that this process is writing. */
const ours = new Set<string>();

async function tryReplace({ folder, name, bytes, unfinished }: Replacement, isLocked: boolean): Promise<void> {
  const path = join(folder, unfinished());
  ours.add(path);
  try {
    const file = await create(path, isLocked);
    try {
      await file.writeFile(bytes);
      await file.sync();
      await rename(path, join(folder, name));
    } catch (error) {
      // The error that stopped the write is the one to report.
      await unlink(path).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  } finally {
    ours.delete(path);
  }
  await syncFolder(folder);
}

/** A new file, perhaps with a lock, which says that this process lives. Without locks, it must do without. */
async function create(path: string, isLocked: boolean): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  if (isLocked) {
    const locked = await tryLock({ path, flags, mode: 0o666 }, "exclusive").catch(() => undefined);
    if (locked !== undefined) {
      return locked;
    }
    await unlink(path).catch(() => undefined);
  }
  return open(path, flags, 0o666);
}
