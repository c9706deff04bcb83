/** A trusted store in memory. */

import { parseStoreName } from "./name.js";
import { Queue } from "./queue.js";
import type { Guard, Store } from "./store.js";

/**
 * A trusted store that ends with its process.
 *
 * Without a lasting store, metadata that is older than what was trusted before cannot be told (rollback attacks between
 * processes).
 */
export class MemoryStore implements Store {
  readonly #files = new Map<string, Uint8Array>();
  readonly #queue = new Queue();

  /** The names of its files, in the order of their bytes. */
  get names(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  async lock(waiting: () => void, signal?: AbortSignal): Promise<Guard> {
    const leave = await this.#queue.enter(waiting, signal);
    return { release: async () => leave() };
  }

  async load(name: string): Promise<Uint8Array | undefined> {
    parseStoreName(name);
    return this.#files.get(name)?.slice();
  }

  async persist(name: string, bytes: Uint8Array): Promise<void> {
    parseStoreName(name);
    // `slice` of a `Buffer` would share its memory.
    this.#files.set(name, new Uint8Array(bytes));
  }

  async forget(name: string): Promise<void> {
    parseStoreName(name);
    this.#files.delete(name);
  }
}
