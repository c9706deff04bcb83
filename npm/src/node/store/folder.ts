/** A trusted store in a folder. */

import { statSync } from "node:fs";
import { join } from "node:path";
import { text } from "../../arguments.js";
import { storeFolders } from "../../store/name.js";
import type { Guard, Store } from "../../store/store.js";
import { unusable } from "./failure.js";
import { createFolder, StoreFiles } from "./files.js";
import { lockAlone } from "./lock.js";
import { type FolderStoreOptions, withDefaults } from "./options.js";
import { ReadOnlyStore } from "./read-only.js";
import { checkStore, refuseLinks } from "./recognition.js";
import { clean } from "./write.js";

/**
 * A trusted store in a folder, for any number of processes at once, and of programs: the native host keeps the same files in the
 * same way and obeys the same lock.
 *
 * | file | content |
 * |---|---|
 * | `root.json`, `timestamp.json`, `snapshot.json`, `targets.json` | trusted metadata, byte for byte as served |
 * | `<role>.json` | that of a delegated role, its name percent-encoded |
 * | `root_history/<version>.root.json` | the pinned root, and every root that was trusted since |
 * | `rotate/<role>.rotate.<version>` | rotate files that were followed |
 * | `floors/root`, `floors/timestamp`, `floors/snapshot` | the same bytes as in `root.json`, `timestamp.json` and `snapshot.json`, in case those are damaged |
 * | `refreshed` | when the last full refresh was, in seconds since 1970; only where a client asks for it |
 * | `.lock` | empty; its lock is the store's. Its owner alone can open it (mode 0600), so nobody else can hold it |
 * | `.unfinished-…` | a write under way, or one that a process left when it died; the next lock deletes those |
 *
 * A role whose file name would be longer than 255 bytes, or one of another role or of a device on some system, is in
 * `%sha256-<hash of the file name>.json`. Nothing else ends in `.json`.
 *
 * Every write is atomic and lasting: a process that dies at any moment, or a power failure, leaves each file as it was or as it
 * was to be. The lock ends with its process. Linux has it through the program `flock`, which must be there (util-linux,
 * BusyBox); see {@link FolderStoreOptions.lock}.
 */
export class FolderStore implements Store {
  readonly #files: StoreFiles;
  readonly #options: Required<FolderStoreOptions>;
  #made: Promise<void> | undefined;

  /**
   * A store in this folder. The first lock or write creates it if need be, together with its parents, for its owner alone (mode
   * 0700). A folder that is there must be empty or a store, of this package or of another client: one that holds anything else is
   * refused then, `store-foreign-folder`, and left as it is.
   *
   * @throws {TypeError | RangeError} for arguments that cannot be.
   */
  constructor(folder: string, options: FolderStoreOptions = {}) {
    this.#options = withDefaults(options);
    this.#files = new StoreFiles(text("folder", folder), this.#options.maxLength);
  }

  /**
   * The store in this folder, which is read and left as it is.
   *
   * @throws {StoreError} `store-unusable` where this is no folder.
   */
  static readOnly(folder: string, options: FolderStoreOptions = {}): ReadOnlyStore {
    const path = text("folder", folder);
    let isFolder: boolean;
    try {
      isFolder = statSync(path).isDirectory();
    } catch (error) {
      throw unusable(path, error);
    }
    if (!isFolder) {
      throw unusable(path, new Error("this is no folder"));
    }
    return new ReadOnlyStore(path, options);
  }

  async lock(waiting: () => void, signal?: AbortSignal): Promise<Guard> {
    await this.#make();
    const { folder } = this.#files;
    const { lock: scope, patience } = this.#options;
    const guard = await lockAlone({ folder, scope, patience, waiting, signal });
    try {
      // Only from here on does nobody who keeps the lock make one.
      await refuseLinks(folder);
    } catch (error) {
      await guard.release();
      throw error;
    }
    for (const below of [folder, ...storeFolders.map((name) => join(folder, name))]) {
      await clean(below, scope);
    }
    return guard;
  }

  load(name: string): Promise<Uint8Array | undefined> {
    return this.#files.load(name);
  }

  async persist(name: string, bytes: Uint8Array): Promise<void> {
    this.#files.check(name, bytes);
    await this.#make();
    await this.#files.persist(name, bytes);
  }

  forget(name: string): Promise<void> {
    return this.#files.forget(name);
  }

  /** Creates or checks the folder, once: one that disappears later is an error. */
  #make(): Promise<void> {
    const { folder } = this.#files;
    const make = async (): Promise<void> => {
      await createFolder(folder);
      await checkStore(folder);
    };
    this.#made ??= make().catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }
}
