/** A trusted store in a folder that is only read. */

import type { Guard, Store } from "../../store/store.js";
import { StoreFiles } from "./files.js";
import { lockShared } from "./lock.js";
import { type FolderStoreOptions, withDefaults } from "./options.js";

/**
 * A trusted store in a folder that is only read: one on a read-only file system, or one that belongs to somebody else.
 * `FolderStore.readOnly` makes it.
 *
 * No file is made, changed or deleted. What a refresh would write is kept in memory, so that one refresh sees what it has
 * written. What it learnt is forgotten with the store: the floors against rollback attacks are those of the folder.
 *
 * Where another process may write to the folder, its lock file is there; it is locked as a reader, so that whole cycles are seen.
 */
export class ReadOnlyStore implements Store {
  readonly #files: StoreFiles;
  readonly #options: Required<FolderStoreOptions>;
  /** What was written since, by name; `undefined` for what was deleted. */
  readonly #written = new Map<string, Uint8Array | undefined>();

  /** @internal */
  constructor(folder: string, options: FolderStoreOptions) {
    this.#options = withDefaults(options);
    this.#files = new StoreFiles(folder, this.#options.maxLength);
  }

  lock(waiting: () => void, signal?: AbortSignal): Promise<Guard> {
    const { lock: scope, patience } = this.#options;
    return lockShared({ folder: this.#files.folder, scope, patience, waiting, signal });
  }

  async load(name: string): Promise<Uint8Array | undefined> {
    return this.#written.has(name) ? this.#written.get(name)?.slice() : this.#files.load(name);
  }

  async persist(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.check(name, bytes);
    this.#written.set(name, new Uint8Array(bytes));
  }

  async forget(name: string): Promise<void> {
    this.#files.check(name);
    this.#written.set(name, undefined);
  }
}
