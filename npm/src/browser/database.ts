/** The database of a trusted store. */

import type { StoreCode } from "../codes.js";
import { StoreError } from "../errors.js";

/** The name of the only object store. */
const FILES = "files";

/** A database of IndexedDB with one object store, whose keys are file names. It is opened when it is used first. */
export class Database {
  readonly #name: string;
  #open: Promise<IDBDatabase> | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Where a file is, for a person to read. */
  path(file: string): string {
    return file === "" ? `indexeddb:${this.#name}` : `indexeddb:${this.#name}/${file}`;
  }

  /** What a request reads. @throws {StoreError} */
  async read<T>(file: string, ask: (files: IDBObjectStore) => IDBRequest): Promise<T> {
    const database = await this.#opened();
    try {
      const request = ask(database.transaction(FILES, "readonly").objectStore(FILES));
      return await new Promise<T>((fulfil, reject) => {
        request.onsuccess = () => fulfil(request.result as T);
        request.onerror = () => reject(request.error);
      });
    } catch (cause) {
      throw this.#error("cannot read", "store-unreadable", file, cause, "Clear what the browser stores of this page.");
    }
  }

  /** Writes in a transaction of its own, to its end on the disk. @throws {StoreError} */
  async write(file: string, ask: (files: IDBObjectStore) => IDBRequest): Promise<void> {
    const database = await this.#opened();
    try {
      const transaction = database.transaction(FILES, "readwrite", { durability: "strict" });
      const done = new Promise<void>((fulfil, reject) => {
        transaction.oncomplete = () => fulfil();
        transaction.onabort = () => reject(transaction.error);
      });
      ask(transaction.objectStore(FILES));
      await done;
    } catch (cause) {
      throw this.#error("cannot write", "store-unwritable", file, cause, "Let the browser store more for this page.");
    }
  }

  async #opened(): Promise<IDBDatabase> {
    this.#open ??= open(this.#name, () => (this.#open = undefined));
    try {
      return await this.#open;
    } catch (cause) {
      this.#open = undefined;
      const advice = "let the browser store data for this page, or use a MemoryStore, which forgets";
      throw this.#error("cannot open the trusted store", "store-unusable", "", cause, advice);
    }
  }

  #error(what: string, code: StoreCode, file: string, cause: unknown, advice: string): StoreError {
    const path = this.path(file);
    const words = cause instanceof Error ? cause.message : "the browser does not say why";
    return new StoreError(`${what} ${path}: ${words}`, code, path, { cause, advice });
  }
}

/** Opens a database; `closed` is called when the browser or another tab takes it away. */
function open(name: string, closed: () => void): Promise<IDBDatabase> {
  return new Promise((fulfil, reject) => {
    const factory: IDBFactory | undefined = globalThis.indexedDB;
    if (factory === undefined) {
      throw new Error("there is no IndexedDB here");
    }
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(FILES);
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      const database = request.result;
      database.onclose = closed;
      database.onversionchange = () => {
        database.close();
        closed();
      };
      fulfil(database);
    };
  });
}
