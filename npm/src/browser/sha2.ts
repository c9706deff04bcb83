/**
 * The hashes of the SHA-2 family (FIPS 180-4), piece by piece: the hash of browsers takes all bytes at once, and only on pages of a
 * secure context.
 */

import type { Digest } from "../client/hasher.js";

/** What the hashes of the family have in common: blocks, their padding, and a state of words of 32 bits. */
export abstract class Sha2 implements Digest {
  /** The state, the more significant half of a longer word first. */
  protected readonly state: Int32Array;
  readonly #words: number;
  readonly #block: Uint8Array;
  /** Bytes of the block that are filled, and all bytes so far. */
  #filled = 0;
  #length = 0;

  /**
   * @param words words of the digest.
   * @param blockLength bytes of a block.
   */
  protected constructor(initial: Int32Array, words: number, blockLength: number) {
    this.state = initial.slice();
    this.#words = words;
    this.#block = new Uint8Array(blockLength);
  }

  /** Takes one block. */
  protected abstract compress(block: DataView): void;

  update(chunk: Uint8Array): void {
    const { length } = this.#block;
    this.#length += chunk.length;
    let place = 0;
    while (place < chunk.length) {
      if (this.#filled === 0 && chunk.length - place >= length) {
        this.compress(new DataView(chunk.buffer, chunk.byteOffset + place, length));
        place += length;
      } else {
        place += this.#fill(chunk.subarray(place));
      }
    }
  }

  hexadecimal(): string {
    const [state, block, filled] = [this.state.slice(), this.#block.slice(), this.#filled];
    this.#pad();
    const words = [...this.state.subarray(0, this.#words)];
    this.state.set(state);
    this.#block.set(block);
    this.#filled = filled;
    return words.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  /** Fills the block with as many of these bytes as it takes, and says how many. */
  #fill(bytes: Uint8Array): number {
    const taken = bytes.subarray(0, this.#block.length - this.#filled);
    this.#block.set(taken, this.#filled);
    this.#filled += taken.length;
    if (this.#filled === this.#block.length) {
      this.compress(new DataView(this.#block.buffer));
      this.#filled = 0;
    }
    return taken.length;
  }

  /** A bit, zeros, and the length in bits in the last eighth of a block. */
  #pad(): void {
    const { length } = this.#block;
    const zeros = new Uint8Array(length);
    this.#fill(Uint8Array.of(0x80));
    if (this.#filled > (length / 8) * 7) {
      this.#fill(zeros);
    }
    this.#block.fill(0, this.#filled);
    const view = new DataView(this.#block.buffer);
    view.setBigUint64(length - 8, BigInt(this.#length) * 8n);
    this.compress(view);
  }
}

/** The first 64 bits behind the point of the roots of the first primes: their square roots (2) or cube roots (3). */
export function fractionsOfRoots(count: number, degree: 2 | 3): BigUint64Array {
  return BigUint64Array.from(primes(count), (prime) => {
    const scaled = BigInt(prime) << BigInt(64 * degree);
    return BigInt.asUintN(64, root(scaled, BigInt(degree)));
  });
}

/** Words of 64 bits as pairs of words of 32 bits, the more significant one first. */
export function halves(words: BigUint64Array): Int32Array {
  return Int32Array.from([...words].flatMap((word) => [Number(word >> 32n), Number(word & 0xffff_ffffn)]));
}

function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number += 1) {
    if (found.every((prime) => number % prime !== 0)) {
      found.push(number);
    }
  }
  return found;
}

/** The whole part of a root, by Newton's method from above. */
function root(number: bigint, degree: bigint): bigint {
  let [last, next] = [number, 1n << (BigInt(number.toString(2).length) / degree + 1n)];
  while (next < last) {
    last = next;
    next = ((degree - 1n) * last + number / last ** (degree - 1n)) / degree;
  }
  return last;
}
