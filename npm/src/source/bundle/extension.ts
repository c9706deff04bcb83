/** Extended headers of archives (POSIX.1-2001, `pax`). */

import { Defect } from "./defect.js";

/** A record of an extended header. */
export interface Extension {
  readonly key: string;
  readonly value: Uint8Array;
}

/**
 * Reads the records of an extended header: the length of the record, a space, a key, `=`, a value and a line feed.
 *
 * @throws {Defect} that says what is wrong with it.
 */
export function* parseExtensions(bytes: Uint8Array): Generator<Extension, void, undefined> {
  for (let place = 0; place < bytes.length; ) {
    const space = bytes.indexOf(SPACE, place);
    const digits = space < 0 ? "" : String.fromCharCode(...bytes.subarray(place, Math.min(space, place + 20)));
    const end = /^[1-9][0-9]*$/.test(digits) ? place + Number(digits) : 0;
    const equals = bytes.indexOf(EQUALS, space + 1);
    if (end > bytes.length || bytes[end - 1] !== LINE_FEED || equals < 0 || equals >= end) {
      throw new Defect("an extended header is malformed");
    }
    const key = new TextDecoder().decode(bytes.subarray(space + 1, equals));
    yield { key, value: bytes.subarray(equals + 1, end - 1) };
    place = end;
  }
}

const SPACE = 0x20;
const EQUALS = 0x3d;
const LINE_FEED = 0x0a;
