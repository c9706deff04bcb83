/** How a trusted store in a folder is used. */

import { checkNames } from "../../arguments.js";
import type { LockScope } from "./lock.js";

/** What differs from the defaults. */
export interface FolderStoreOptions {
  /** Milliseconds for which a lock is waited for that somebody else holds. Default: 300,000, five minutes. */
  readonly patience?: number;
  /** Neither reads nor writes a file longer than this many bytes. Default: 1,073,741,824, 1 GiB. */
  readonly maxLength?: number;
  /**
   * Whom the lock keeps out. Default: `system`, every process that locks the store, whatever program it runs. `process` is for a
   * folder that no other process uses, where the system has no locks or the program `flock` is not there: the lock then holds
   * between the tasks of this process alone.
   */
  readonly lock?: LockScope;
}

/**
 * The options with the defaults.
 *
 * @throws {RangeError | TypeError} for an option that cannot be.
 */
export function withDefaults(options: FolderStoreOptions): Required<FolderStoreOptions> {
  checkNames(options, ["patience", "maxLength", "lock"] satisfies readonly (keyof FolderStoreOptions)[]);
  const { patience = 300_000, maxLength = 2 ** 30, lock = "system" } = options;
  if (!(patience >= 0)) {
    throw new RangeError("patience is a number of milliseconds, not negative");
  }
  if (!Number.isSafeInteger(maxLength) || maxLength < 0) {
    throw new RangeError("maxLength is a whole number of bytes, not negative");
  }
  if (lock !== "system" && lock !== "process") {
    throw new TypeError("lock is `system` or `process`");
  }
  return { patience, maxLength, lock };
}
