/** A trusted store that remembers which metadata passed through it. */

import type { Guard, Store } from "../store/store.js";

/** Passes everything on to another store. */
export class RecordingStore implements Store {
  readonly #store: Store;
  readonly #metadata = new Map<string, Uint8Array>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** The files that were read or written, each as it was last. What was read and then refused is replaced or forgotten. */
  get metadata(): ReadonlyMap<string, Uint8Array> {
    return this.#metadata;
  }

  lock(waiting: () => void, signal?: AbortSignal): Promise<Guard> {
    return this.#store.lock(waiting, signal);
  }

  async load(name: string): Promise<Uint8Array | undefined> {
    const bytes = await this.#store.load(name);
    if (bytes !== undefined) {
      this.#metadata.set(name, bytes);
    }
    return bytes;
  }

  async persist(name: string, bytes: Uint8Array): Promise<void> {
    await this.#store.persist(name, bytes);
    this.#metadata.set(name, bytes);
  }

  async forget(name: string): Promise<void> {
    await this.#store.forget(name);
    this.#metadata.delete(name);
  }
}
