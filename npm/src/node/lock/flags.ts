/** Locks that the system takes while it opens a file. Not tested on the systems that have them: see ADR 0032. */

import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";
import { type Opening, openWithoutLinks } from "../regular-file.js";
import type { Kind } from "./file-lock.js";

/** `O_EXLOCK` and `O_SHLOCK` of a system: where they are, `open` takes the lock. */
interface LockFlags {
  readonly exclusive: number;
  readonly shared: number;
  /** What `open` fails with where somebody else holds the lock. */
  readonly held: readonly string[];
}

/** Milliseconds between two looks at a lock that somebody else holds. */
const INTERVAL = 50;

/** The flags of this system; none where it has none. */
export const exclusiveFlags: LockFlags | undefined = flagsOf(process.platform);

/**
 * Opens a file and takes its lock; `undefined` where somebody else holds it. With a signal it is waited for, by looking again and
 * again: the system would wait in one of Node's few threads and could not be told to stop.
 *
 * @throws the error of the operating system, or the signal's reason, once it is aborted.
 */
export async function openWhenFree(opening: Opening, kind: Kind): Promise<FileHandle | undefined>;
export async function openWhenFree(opening: Opening, kind: Kind, signal: AbortSignal): Promise<FileHandle>;
export async function openWhenFree(
  opening: Opening,
  kind: Kind,
  signal?: AbortSignal,
): Promise<FileHandle | undefined> {
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await openWithoutLinks({ ...opening, flags: opening.flags | (exclusiveFlags?.[kind] ?? 0) });
    } catch (error) {
      if (exclusiveFlags?.held.includes((error as NodeJS.ErrnoException).code ?? "") !== true) {
        throw error;
      }
    }
    if (signal === undefined) {
      return undefined;
    }
    // An abort ends the wait; the loop throws its reason.
    await setTimeout(INTERVAL, undefined, { signal }).catch(() => undefined);
  }
}

function flagsOf(platform: NodeJS.Platform): LockFlags | undefined {
  switch (platform) {
    case "darwin":
    case "freebsd":
    case "openbsd":
    case "netbsd":
      return { exclusive: 0x20 | constants.O_NONBLOCK, shared: 0x10 | constants.O_NONBLOCK, held: ["EAGAIN"] };
    case "win32":
      // UV_FS_O_EXLOCK: nobody else may have the file open, not even to read it.
      return { exclusive: 0x1000_0000, shared: 0x1000_0000, held: ["EBUSY"] };
    default:
      return undefined;
  }
}
