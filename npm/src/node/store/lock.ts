/** The lock of a trusted store. */

import { constants } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "../../errors.js";
import { Queue } from "../../store/queue.js";
import type { Guard } from "../../store/store.js";
import { READ_WRITE_CREATE, tryLock, waitForLock, type Kind } from "../lock/file-lock.js";
import { makeLockFile } from "../lock/lock-file.js";
import { LockProgramMissing } from "../lock/program.js";
import { busy, unusable } from "./failure.js";

/** The file whose lock is the lock of the store. */
export const LOCK = ".lock";

/** Who is kept out: every process of the system, or only the tasks of this one. */
export type LockScope = "system" | "process";

/** How a store is locked. */
export interface Locking {
  /** The store's folder. */
  readonly folder: string;
  readonly scope: LockScope;
  /** Milliseconds. */
  readonly patience: number;
  /** Is called once where somebody else holds the lock. */
  readonly waiting: () => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes the lock for one alone.
 *
 * @throws {StoreError} `store-unusable`, `store-busy`; the signal's reason, once it is aborted.
 */
export function lockAlone(locking: Locking): Promise<Guard> {
  return withinPatience(locking, async (waiting, signal) => {
    const leave = await enterQueue(locking.folder, waiting, signal);
    try {
      const unlock = await lockFile(locking, "exclusive", waiting, signal);
      return guard(() => unlock().finally(leave));
    } catch (error) {
      leave();
      throw error;
    }
  });
}

/**
 * Takes the lock together with other readers; none where there is no lock file, or none that this process may read, or no locks
 * in this file system: then what is read may be of two cycles.
 *
 * @throws as {@link lockAlone}.
 */
export function lockShared(locking: Locking): Promise<Guard> {
  if (locking.scope === "process") {
    return lockAlone(locking);
  }
  return withinPatience(locking, async (waiting, signal) => {
    try {
      return guard(await lockFile(locking, "shared", waiting, signal));
    } catch (error) {
      if (error instanceof StoreError && error.code === "store-unusable" && !(error.cause instanceof LockProgramMissing)) {
        return guard(async () => undefined);
      }
      throw error;
    }
  });
}

/** Runs `take` with a signal that ends with the caller's, or when the patience is over. */
async function withinPatience(
  { folder, patience, waiting, signal }: Locking,
  take: (waiting: () => void, signal: AbortSignal) => Promise<Guard>,
): Promise<Guard> {
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal?.reason);
  const giveUp = (): void => ending.abort(busy(join(folder, LOCK), patience));
  let timer: NodeJS.Timeout | undefined;
  let isWaiting = false;
  const wait = (): void => {
    if (!isWaiting) {
      isWaiting = true;
      // A longer timer would end at once.
      timer = setTimeout(giveUp, Math.min(patience, 0x7fff_ffff));
      waiting();
    }
  };
  signal?.throwIfAborted();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await take(wait, ending.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/** The tasks of this process, by the real path of the store's folder. */
const queues = new Map<string, Queue>();

async function enterQueue(folder: string, waiting: () => void, signal: AbortSignal): Promise<() => void> {
  let path: string;
  try {
    path = await realpath(folder);
  } catch (error) {
    throw unusable(join(folder, LOCK), error);
  }
  signal.throwIfAborted();
  const queue = queues.get(path) ?? new Queue();
  queues.set(path, queue);
  const leave = await queue.enter(waiting, signal);
  return () => {
    leave();
    if (queue.isIdle) {
      queues.delete(path);
    }
  };
}

/** Locks the file, and returns what unlocks it. */
async function lockFile(
  { folder, scope }: Locking,
  kind: Kind,
  waiting: () => void,
  signal: AbortSignal,
): Promise<() => Promise<void>> {
  if (scope === "process") {
    return async () => undefined;
  }
  const path = join(folder, LOCK);
  const opening = { path, flags: kind === "exclusive" ? READ_WRITE_CREATE : constants.O_RDONLY, mode: 0o600 };
  const refuse = (error: unknown): never => {
    signal.throwIfAborted();
    throw unusable(path, error);
  };
  if (kind === "exclusive") {
    await makeLockFile(path).catch(refuse);
  }
  let file = await tryLock(opening, kind).catch(refuse);
  if (file === undefined) {
    waiting();
    file = await waitForLock(opening, kind, signal).catch(refuse);
  }
  const locked = file;
  return () => locked.close();
}

/** What fails to be released ends with the process. */
function guard(unlock: () => Promise<void>): Guard {
  let released: Promise<void> | undefined;
  return { release: () => (released ??= unlock().catch(() => undefined)) };
}
