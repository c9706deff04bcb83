/** SHA-256 (FIPS 180-4, section 6.2). */

import { fractionsOfRoots, Sha2 } from "./sha2.js";

const INITIAL = upper(fractionsOfRoots(8, 2));
const CONSTANTS = upper(fractionsOfRoots(64, 3));

/** SHA-256, piece by piece. */
export class Sha256 extends Sha2 {
  readonly #schedule = new Int32Array(64);

  constructor() {
    super(INITIAL, 8, 64);
  }

  protected override compress(block: DataView): void {
    const w = this.#schedule;
    const state = this.state;
    expand(w, block);
    let a = state[0]!;
    let b = state[1]!;
    let c = state[2]!;
    let d = state[3]!;
    let e = state[4]!;
    let f = state[5]!;
    let g = state[6]!;
    let h = state[7]!;
    for (let round = 0; round < 64; round += 1) {
      const sum1 = rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25);
      const choice = (e & f) ^ (~e & g);
      const first = (h + sum1 + choice + CONSTANTS[round]! + w[round]!) | 0;
      const sum0 = rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22);
      const majority = (a & b) ^ (a & c) ^ (b & c);
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + sum0 + majority) | 0;
    }
    const next = [a, b, c, d, e, f, g, h];
    for (let word = 0; word < 8; word += 1) {
      state[word]! += next[word]!;
    }
  }
}

function expand(w: Int32Array, block: DataView): void {
  for (let word = 0; word < 16; word += 1) {
    w[word] = block.getInt32(word * 4);
  }
  for (let word = 16; word < 64; word += 1) {
    const x = w[word - 15]!;
    const y = w[word - 2]!;
    const sigma0 = rotated(x, 7) ^ rotated(x, 18) ^ (x >>> 3);
    const sigma1 = rotated(y, 17) ^ rotated(y, 19) ^ (y >>> 10);
    w[word] = (w[word - 16]! + sigma0 + w[word - 7]! + sigma1) | 0;
  }
}

function rotated(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits));
}

function upper(words: BigUint64Array): Int32Array {
  return Int32Array.from([...words], (word) => Number(word >> 32n));
}
