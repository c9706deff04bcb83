/** The writes of a trusted store, and what is left of them when a process dies. */

import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { readdir, unlink } from "node:fs/promises";
import { join } from "node:path";
import { tryLock } from "../lock/file-lock.js";
import { codeOf, isBeingWritten, replace, syncFolder } from "../replace.js";
import type { LockScope } from "./lock.js";

/** Writes a file atomically and for good. @throws the error of the operating system. */
export function write(folder: string, name: string, bytes: Uint8Array): Promise<void> {
  return replace({ folder, name, bytes, unfinished: () => `${UNFINISHED}${randomBytes(8).toString("hex")}` });
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
    if (!isBeingWritten(path)) {
      await (scope === "process" ? unlink(path) : removeIfAbandoned(path)).catch(() => undefined);
    }
  }
}

/** How the names of unfinished files begin. They never end in `.json`. */
export const UNFINISHED = ".unfinished-";

async function removeIfAbandoned(path: string): Promise<void> {
  const file = await tryLock({ path, flags: constants.O_WRONLY }, "exclusive");
  if (file !== undefined) {
    await unlink(path).finally(() => file.close());
  }
}
