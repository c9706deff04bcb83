/** The bytes of one target, hashed in the module piece by piece. */

import { bytes } from "./arguments.js";
import type { AtHand, RawHasher } from "./binding.js";
import type { Instance } from "./instance.js";

/** Bytes that are copied into the module at once: its memory stays small however large a chunk is. */
const PIECE = 64 << 10;

/** A hasher in an instance of its own. Its methods throw a `SandboxError` where the module broke off. */
export class TargetHasher {
  readonly #instance: Instance;
  readonly #raw: RawHasher;
  #length = 0;

  constructor(instance: Instance, raw: RawHasher) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /** Bytes hashed so far. */
  get length(): number {
    return this.#length;
  }

  /** Takes the next bytes. */
  write(chunk: Uint8Array): void {
    const checked = bytes("chunk", chunk);
    for (let place = 0; place < checked.length; place += PIECE) {
      const piece = checked.subarray(place, place + PIECE);
      // Each piece has all the time of the limit: a long target is no reason to break off.
      this.#instance.beginOperation();
      this.#instance.call(() => this.#raw.write(piece));
    }
    this.#length += checked.length;
  }

  /** Length and digests of all bytes so far. More may follow. */
  atHand(): AtHand {
    this.#instance.beginOperation();
    return this.#instance.call(() => this.#raw.atHand());
  }
}
