/** SHA-512 and SHA-384 (FIPS 180-4, sections 6.4 and 6.5). JavaScript computes with 32 bits: each word is two numbers. */

import { fractionsOfRoots, halves, Sha2 } from "./sha2.js";

const ROOTS = fractionsOfRoots(16, 2);
const CONSTANTS = halves(fractionsOfRoots(80, 3));

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

  constructor(initial: Int32Array, words: number) {
    super(initial, words, 128);
  }

  protected override compress(block: DataView): void {
    const w = this.#schedule;
    const s = this.state;
    expand(w, block);
    let ah = s[0]!;
    let al = s[1]!;
    let bh = s[2]!;
    let bl = s[3]!;
    let ch = s[4]!;
    let cl = s[5]!;
    let dh = s[6]!;
    let dl = s[7]!;
    let eh = s[8]!;
    let el = s[9]!;
    let fh = s[10]!;
    let fl = s[11]!;
    let gh = s[12]!;
    let gl = s[13]!;
    let hh = s[14]!;
    let hl = s[15]!;
    for (let round = 0; round < 160; round += 2) {
      const sum1High = upper(eh, el, 14) ^ upper(eh, el, 18) ^ upper(el, eh, 9);
      const sum1Low = upper(el, eh, 14) ^ upper(el, eh, 18) ^ upper(eh, el, 9);
      const choiceHigh = (eh & fh) ^ (~eh & gh);
      const choiceLow = (el & fl) ^ (~el & gl);
      const firstLow = (hl >>> 0) + (sum1Low >>> 0) + (choiceLow >>> 0) + (CONSTANTS[round + 1]! >>> 0) + (w[round + 1]! >>> 0);
      const firstHigh = (hh + sum1High + choiceHigh + CONSTANTS[round]! + w[round]! + carry(firstLow)) | 0;
      const sum0High = upper(ah, al, 28) ^ upper(al, ah, 2) ^ upper(al, ah, 7);
      const sum0Low = upper(al, ah, 28) ^ upper(ah, al, 2) ^ upper(ah, al, 7);
      const majorityHigh = (ah & bh) ^ (ah & ch) ^ (bh & ch);
      const majorityLow = (al & bl) ^ (al & cl) ^ (bl & cl);
      hh = gh;
      hl = gl;
      gh = fh;
      gl = fl;
      fh = eh;
      fl = el;
      const fifthLow = (dl >>> 0) + (firstLow >>> 0);
      eh = (dh + firstHigh + carry(fifthLow)) | 0;
      el = fifthLow | 0;
      dh = ch;
      dl = cl;
      ch = bh;
      cl = bl;
      bh = ah;
      bl = al;
      const newLow = (firstLow >>> 0) + (sum0Low >>> 0) + (majorityLow >>> 0);
      ah = (firstHigh + sum0High + majorityHigh + carry(newLow)) | 0;
      al = newLow | 0;
    }
    const r = [ah, al, bh, bl, ch, cl, dh, dl, eh, el, fh, fl, gh, gl, hh, hl];
    for (let word = 0; word < 16; word += 2) {
      const low = (s[word + 1]! >>> 0) + (r[word + 1]! >>> 0);
      s[word] = s[word]! + r[word]! + carry(low);
      s[word + 1] = low;
    }
  }
}

function expand(w: Int32Array, block: DataView): void {
  for (let half = 0; half < 32; half += 1) {
    w[half] = block.getInt32(half * 4);
  }
  for (let word = 32; word < 160; word += 2) {
    const xh = w[word - 30]!;
    const xl = w[word - 29]!;
    const yh = w[word - 4]!;
    const yl = w[word - 3]!;
    const high0 = upper(xh, xl, 1) ^ upper(xh, xl, 8) ^ (xh >>> 7);
    const low0 = upper(xl, xh, 1) ^ upper(xl, xh, 8) ^ upper(xl, xh, 7);
    const high1 = upper(yh, yl, 19) ^ upper(yl, yh, 29) ^ (yh >>> 6);
    const low1 = upper(yl, yh, 19) ^ upper(yh, yl, 29) ^ upper(yl, yh, 6);
    const low = (w[word - 31]! >>> 0) + (low0 >>> 0) + (w[word - 13]! >>> 0) + (low1 >>> 0);
    w[word] = (w[word - 32]! + high0 + w[word - 14]! + high1 + carry(low)) | 0;
    w[word + 1] = low | 0;
  }
}

/** The more significant half of a word that is rotated to the right by less than 32 bits. With the halves exchanged: the other one. */
function upper(high: number, low: number, bits: number): number {
  return (high >>> bits) | (low << (32 - bits));
}

/** What a sum of lower halves hands on. */
function carry(sum: number): number {
  return (sum / 0x1_0000_0000) | 0;
}
