/** A trusted store in a browser. */

import { StoreError } from "../errors.js";
import { parseStoreName } from "../store/name.js";
import type { Guard, Store } from "../store/store.js";
import { Database } from "./database.js";
import { type LockKind, lock } from "./lock.js";

/** How a {@link BrowserStore} is used. */
export interface BrowserStoreOptions {
  /** Milliseconds for which a lock is waited for that another tab holds. Default: five minutes. */
  readonly patience?: number;
  /** Bytes of the longest file that is read or written. Default: 1 GiB. */
  readonly maxLength?: number;
  /**
   * What keeps tabs from refreshing at once. `web-locks`, the default, needs a page of a secure context. `none` leaves it to the
   * caller that one tab and one task at a time refreshes: two at once may forget what the other has seen.
   */
  readonly lock?: LockKind;
}

/**
 * A trusted store in IndexedDB, for any number of tabs and workers of one origin at once.
 *
 * It is the database `tuf-verifier/<name>` with one object store, `files`, which has the bytes of each file under its name. Each
 * write is a transaction of its own, and done once it has reached the disk. The lock is the Web Lock of the same name, which ends
 * with its tab.
 *
 * A browser may delete what its user has not asked it to keep, and with it the versions below which nothing is accepted:
 * {@link BrowserStore.keep}.
 */
export class BrowserStore implements Store {
  readonly #name: string;
  readonly #database: Database;
  readonly #patience: number;
  readonly #maxLength: number;
  readonly #lock: LockKind;

  /**
   * The store of this name. Nothing is opened before it is used.
   *
   * @param name tells the stores of one origin apart: one for each repository.
   */
  constructor(name: string, options: BrowserStoreOptions = {}) {
    this.#name = `tuf-verifier/${name}`;
    this.#database = new Database(this.#name);
    this.#patience = options.patience ?? 300_000;
    this.#maxLength = options.maxLength ?? 2 ** 30;
    this.#lock = options.lock ?? "web-locks";
  }

  lock(waiting: () => void, signal?: AbortSignal): Promise<Guard> {
    return lock(this.#lock, this.#name, this.#patience, waiting, signal);
  }

  async load(name: string): Promise<Uint8Array | undefined> {
    parseStoreName(name);
    const value = await this.#database.read<unknown>(name, (files) => files.get(name));
    if (value !== undefined && !(value instanceof Uint8Array)) {
      const path = this.#database.path(name);
      throw new StoreError(`cannot read ${path}: it has no bytes`, "store-unreadable", path, { advice: DELETE });
    }
    return value === undefined ? undefined : this.#checked(name, value);
  }

  async persist(name: string, bytes: Uint8Array): Promise<void> {
    parseStoreName(name);
    // A copy: a view would be stored with the whole of its buffer.
    const copy = this.#checked(name, bytes).slice();
    await this.#database.write(name, (files) => files.put(copy, name));
  }

  async forget(name: string): Promise<void> {
    parseStoreName(name);
    await this.#database.write(name, (files) => files.delete(name));
  }

  /** The names of its files, in the order of their characters. @throws {StoreError} */
  async names(): Promise<readonly string[]> {
    const keys = await this.#database.read<IDBValidKey[]>("", (files) => files.getAllKeys());
    return keys.filter((key) => typeof key === "string");
  }

  /**
   * Forgets everything. Whoever refreshes next begins with the root metadata that is given then, and takes any version: older ones
   * too.
   *
   * @throws {StoreError}
   */
  async clear(): Promise<void> {
    await this.#database.write("", (files) => files.clear());
  }

  /**
   * Asks the browser to keep what this origin stores until its user deletes it. Whether it does: without that, it may delete the
   * store where the disk is full or the page was not visited for long.
   */
  async keep(): Promise<boolean> {
    const storage: StorageManager | undefined = globalThis.navigator?.storage;
    return (await storage?.persist?.()) ?? false;
  }

  #checked(name: string, bytes: Uint8Array): Uint8Array {
    if (bytes.length > this.#maxLength) {
      const path = this.#database.path(name);
      const message = `${path} is longer than ${this.#maxLength} bytes`;
      throw new StoreError(message, "store-file-too-long", path, { advice: DELETE });
    }
    return bytes;
  }
}

const DELETE = "delete the file: it is fetched again";
