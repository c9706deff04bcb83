/** SHA-512 and SHA-384 (FIPS 180-4, sections 6.4 and 6.5). JavaScript computes with 32 bits: each word is two numbers. */

import { fractionsOfRoots, halves, Sha2 } from "./sha2.js";

const ROOTS = fractionsOfRoots(16, 2);
const CONSTANTS = Int32Array.from(halves(fractionsOfRoots(80, 3)));

/** SHA-512, piece by piece. */
export function sha512(): Sha2 {
  return new Sha512(halves(ROOTS.slice(0, 8)), 16);
}

/** SHA-384, piece by piece. */
export function sha384(): Sha2 {
  return new Sha512(halves(ROOTS.slice(8)), 12);
}

class Sha512 extends Sha2 {
  readonly #schedule = new Int32Array(160);
  readonly #registers = new Int32Array(16);

  constructor(initial: Uint32Array, words: number) {
    super(initial, words, 128);
  }

  protected override compress(block: DataView): void {
    const [w, r] = [this.#schedule, this.#registers];
    expand(w, block);
    r.set(this.state);
    for (let round = 0; round < 160; round += 2) {
      step(r, w[round]!, w[round + 1]!, CONSTANTS[round]!, CONSTANTS[round + 1]!);
    }
    for (let word = 0; word < 16; word += 2) {
      const low = this.state[word + 1]! + (r[word + 1]! >>> 0);
      this.state[word] = this.state[word]! + r[word]! + carry(low);
      this.state[word + 1] = low;
    }
  }
}

function expand(w: Int32Array, block: DataView): void {
  for (let half = 0; half < 32; half += 1) {
    w[half] = block.getInt32(half * 4);
  }
  for (let word = 32; word < 160; word += 2) {
    const [xh, xl, yh, yl] = [w[word - 30]!, w[word - 29]!, w[word - 4]!, w[word - 3]!];
    const high0 = upper(xh, xl, 1) ^ upper(xh, xl, 8) ^ (xh >>> 7);
    const low0 = upper(xl, xh, 1) ^ upper(xl, xh, 8) ^ upper(xl, xh, 7);
    const high1 = upper(yh, yl, 19) ^ upper(yl, yh, 29) ^ (yh >>> 6);
    const low1 = upper(yl, yh, 19) ^ upper(yh, yl, 29) ^ upper(yl, yh, 6);
    const low = (w[word - 31]! >>> 0) + (low0 >>> 0) + (w[word - 13]! >>> 0) + (low1 >>> 0);
    w[word] = w[word - 32]! + high0 + w[word - 14]! + high1 + carry(low);
    w[word + 1] = low;
  }
}

/** One round: the registers a to h, each of two halves, move on by one. */
function step(r: Int32Array, wordHigh: number, wordLow: number, constantHigh: number, constantLow: number): void {
  const [ah, al, bh, bl, ch, cl] = [r[0]!, r[1]!, r[2]!, r[3]!, r[4]!, r[5]!];
  const [eh, el, fh, fl, gh, gl] = [r[8]!, r[9]!, r[10]!, r[11]!, r[12]!, r[13]!];
  const sum1h = upper(eh, el, 14) ^ upper(eh, el, 18) ^ upper(el, eh, 9);
  const sum1l = upper(el, eh, 14) ^ upper(el, eh, 18) ^ upper(eh, el, 9);
  const [choiceHigh, choiceLow] = [(eh & fh) ^ (~eh & gh), (el & fl) ^ (~el & gl)];
  const firstLow = (r[15]! >>> 0) + (sum1l >>> 0) + (choiceLow >>> 0) + (constantLow >>> 0) + (wordLow >>> 0);
  const firstHigh = (r[14]! + sum1h + choiceHigh + constantHigh + wordHigh + carry(firstLow)) | 0;
  const sum0h = upper(ah, al, 28) ^ upper(al, ah, 2) ^ upper(al, ah, 7);
  const sum0l = upper(al, ah, 28) ^ upper(ah, al, 2) ^ upper(ah, al, 7);
  const [majorityHigh, majorityLow] = [(ah & bh) ^ (ah & ch) ^ (bh & ch), (al & bl) ^ (al & cl) ^ (bl & cl)];
  const fifthLow = (r[7]! >>> 0) + (firstLow >>> 0);
  const fifthHigh = r[6]! + firstHigh + carry(fifthLow);
  const newLow = (firstLow >>> 0) + (sum0l >>> 0) + (majorityLow >>> 0);
  r.copyWithin(2, 0, 14);
  r[8] = fifthHigh;
  r[9] = fifthLow;
  r[0] = firstHigh + sum0h + majorityHigh + carry(newLow);
  r[1] = newLow;
}

/** The more significant half of a word that is rotated to the right by less than 32 bits. With the halves exchanged: the other one. */
function upper(high: number, low: number, bits: number): number {
  return (high >>> bits) | (low << (32 - bits));
}

/** What a sum of lower halves hands on. */
function carry(sum: number): number {
  return (sum / 0x1_0000_0000) | 0;
}
