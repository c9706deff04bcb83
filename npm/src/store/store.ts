/** Where trusted metadata is kept between refreshes. */

/**
 * The trusted metadata of one repository, as files.
 *
 * Names are relative, with `/` as separator: `root.json`, `root_history/3.root.json`, `timestamp.json`, …. What a store hands out is
 * verified again, so that a store can fail a refresh but cannot mislead it.
 */
export interface Store {
  /**
   * Keeps other processes and tasks out of a refresh until the guard is released. Calls `waiting` once when another one holds
   * the lock.
   *
   * @throws {StoreError} whatever kept the store from being locked.
   * @throws the signal's reason, once it is aborted.
   */
  lock(waiting: () => void, signal?: AbortSignal): Promise<Guard>;

  /** The bytes of a file, or `undefined` where it is not there. @throws {StoreError} */
  load(name: string): Promise<Uint8Array | undefined>;

  /** Writes a file, so that a reader and a crash see the old bytes or the new ones. @throws {StoreError} */
  persist(name: string, bytes: Uint8Array): Promise<void>;

  /** Deletes a file. A file that is not there is deleted. @throws {StoreError} */
  forget(name: string): Promise<void>;
}

/** A held lock. */
export interface Guard {
  /** Releases the lock. It does not fail: what cannot be released ends with the process. */
  release(): Promise<void>;
}
