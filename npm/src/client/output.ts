/** Where the bytes of a target go, until it is known whether they are the target's. */

/** Takes bytes that are not verified yet. */
export interface Output {
  /** Adds bytes at the end. The chunk is not changed before the promise is settled. */
  append(chunk: Uint8Array): Promise<void>;
  /** Drops every byte. */
  clear(): Promise<void>;
}

/** Keeps the bytes in memory. */
export class MemoryOutput implements Output {
  #chunks: Uint8Array[] = [];

  async append(chunk: Uint8Array): Promise<void> {
    // `slice` of a `Buffer` would share its memory.
    this.#chunks.push(new Uint8Array(chunk));
  }

  async clear(): Promise<void> {
    this.#chunks = [];
  }

  /** All of them, in one piece. */
  bytes(): Uint8Array {
    const whole = new Uint8Array(this.#chunks.reduce((length, chunk) => length + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.#chunks) {
      whole.set(chunk, offset);
      offset += chunk.length;
    }
    return whole;
  }
}
