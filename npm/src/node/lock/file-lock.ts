/** Locks of the operating system on files: they end with their process, however that ends. */

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { type Opening, openWithoutLinks } from "../regular-file.js";
import { exclusiveFlags, openWhenFree } from "./flags.js";
import { tryFlock, waitForFlock } from "./program.js";

/** Who else may hold the lock: nobody, or others who only read. */
export type Kind = "exclusive" | "shared";

/** Opens a file to read and write it, and creates it where it is not there. */
export const READ_WRITE_CREATE = constants.O_RDWR | constants.O_CREAT;

/**
 * Opens a regular file and takes its lock; `undefined` where somebody else holds it. Closing the file releases the lock.
 *
 * @throws the error of the operating system, or `LockProgramMissing`. The file is closed then.
 */
export async function tryLock(opening: Opening, kind: Kind): Promise<FileHandle | undefined> {
  if (exclusiveFlags !== undefined) {
    return openWhenFree(opening, kind);
  }
  const file = await openWithoutLinks(opening);
  let isLocked = false;
  try {
    isLocked = await tryFlock(file.fd, kind);
  } finally {
    if (!isLocked) {
      await file.close();
    }
  }
  return isLocked ? file : undefined;
}

/**
 * Opens a file and takes its lock, which is waited for, in the order of arrival where the system keeps one.
 *
 * @throws as {@link tryLock}; the signal's reason, once it is aborted.
 */
export async function waitForLock(opening: Opening, kind: Kind, signal: AbortSignal): Promise<FileHandle> {
  if (exclusiveFlags !== undefined) {
    return openWhenFree(opening, kind, signal);
  }
  const file = await openWithoutLinks(opening);
  try {
    await waitForFlock(file.fd, kind, signal);
  } catch (error) {
    await file.close();
    throw error;
  }
  return file;
}
