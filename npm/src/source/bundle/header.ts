/** The header of an entry of an archive (POSIX.1-1988, GNU tar). */

import { Defect } from "./defect.js";

/** Bytes of a block of an archive. A header is one block. */
export const BLOCK = 512;

/** An entry as its header describes it. */
export interface Header {
  /** Its name, as it is written there. */
  readonly name: Uint8Array;
  /** Bytes of its content. */
  readonly length: number;
  /** Its kind: one character; a NUL is `0`. */
  readonly type: string;
}

/**
 * Reads a header, or none of an empty block.
 *
 * @throws {Defect} that says what is wrong with it.
 */
export function parseHeader(block: Uint8Array): Header | undefined {
  if (block.every((byte) => byte === 0)) {
    return undefined;
  }
  if (checksum(block) !== number(block.subarray(148, 156), "checksum")) {
    throw new Defect("the checksum of a header is not that of the header");
  }
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: nameOf(block),
    length: number(block.subarray(124, 136), "length"),
    type: type === "\0" ? "0" : type,
  };
}

/** The sum of the bytes, those of the checksum itself as spaces. */
function checksum(block: Uint8Array): number {
  return block.reduce((sum, byte, place) => sum + (place >= 148 && place < 156 ? 0x20 : byte), 0);
}

/** Octal digits between spaces, ended by a NUL; or the form for large numbers: a first bit, and then their bytes. */
function number(field: Uint8Array, what: string): number {
  if (((field[0] ?? 0) & 0x80) !== 0) {
    const value = field.slice(1).reduce((value, byte) => value * 256 + byte, (field[0] ?? 0) & 0x7f);
    if (Number.isSafeInteger(value)) {
      return value;
    }
    throw new Defect(`the ${what} in a header is too large`);
  }
  const text = ascii(untilNul(field)).trim();
  if (!/^[0-7]+$/.test(text)) {
    throw new Defect(`the ${what} in a header is no number`);
  }
  return Number.parseInt(text, 8);
}

/** The name, behind the prefix that POSIX has for long ones. GNU tar uses that place otherwise. */
function nameOf(block: Uint8Array): Uint8Array {
  const name = untilNul(block.subarray(0, 100));
  const prefix = untilNul(block.subarray(345, 500));
  if (ascii(block.subarray(257, 263)) !== "ustar\0" || prefix.length === 0) {
    return name;
  }
  const whole = new Uint8Array(prefix.length + 1 + name.length);
  whole.set(prefix);
  whole[prefix.length] = 0x2f;
  whole.set(name, prefix.length + 1);
  return whole;
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

function ascii(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
