/** Atomic writes, and what is left of them when a process dies. */

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, readdir, rename, stat, unlink, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { tryLock } from "../lock/file-lock.js";
import { codeOf } from "./failure.js";
import type { LockScope } from "./lock.js";

/**
 * Replaces a file: a reader, and a crash at any moment, sees the old bytes or the new ones. When the promise is fulfilled, the
 * new ones outlive a power failure.
 *
 * @throws the error of the operating system. The old file, if any, is as it was.
 */
export async function replace(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryReplace(folder, name, bytes, attempt > UNLOCKED_ATTEMPTS);
    } catch (error) {
      if (attempt === ATTEMPTS || codeOf(error) !== "ENOENT" || !(await isFolder(folder))) {
        throw error;
      }
    }
  }
}

/**
 * Deletes a file, which need not be there. When the promise is fulfilled, it is gone for good.
 *
 * @throws the error of the operating system.
 */
export async function remove(folder: string, name: string): Promise<void> {
  try {
    await unlink(join(folder, name));
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return;
    }
    throw error;
  }
  await syncFolder(folder);
}

/**
 * Deletes what dead processes left unfinished: what nobody holds a lock on, and this process is not writing.
 *
 * A file that cannot be deleted stays: it takes room and does no harm.
 */
export async function clean(folder: string, scope: LockScope): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((name) => name.startsWith(UNFINISHED))) {
    const path = join(folder, name);
    if (!ours.has(path)) {
      await (scope === "process" ? unlink(path) : removeIfAbandoned(path)).catch(() => undefined);
    }
  }
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

/** How the names of unfinished files begin. They never end in `.json`. */
const UNFINISHED = ".unfinished-";

/** Times that a write is begun again when its unfinished file was taken for one that a dead process left. */
const ATTEMPTS = 16;

/** Attempts without a lock on the unfinished file: it costs a process, and whoever cleans up does so rarely. */
const UNLOCKED_ATTEMPTS = 3;

/** Unfinished files that this process is writing. */
const ours = new Set<string>();

async function tryReplace(folder: string, name: string, bytes: Uint8Array, isLocked: boolean): Promise<void> {
  const path = join(folder, `${UNFINISHED}${randomBytes(8).toString("hex")}`);
  ours.add(path);
  try {
    const file = await create(path, isLocked);
    try {
      await fill(file, bytes);
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

async function fill(file: FileHandle, bytes: Uint8Array): Promise<void> {
  await file.writeFile(bytes);
  await file.sync();
}

async function removeIfAbandoned(path: string): Promise<void> {
  const file = await tryLock({ path, flags: constants.O_WRONLY }, "exclusive");
  if (file !== undefined) {
    await unlink(path).finally(() => file.close());
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() === true;
}
