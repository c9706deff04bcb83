/** One file of a package's tarball. */

import { gunzip } from "node:zlib";
import { promisify } from "node:util";

/** Most bytes of an unpacked tarball. */
const MAX_UNPACKED = 1 << 30;

const BLOCK = 512;

/** A tarball cannot be read. */
export class TarError extends Error {
  override readonly name = "TarError";
}

/**
 * The bytes of the file at `name` below the one folder of a package's tarball (gzip), or `undefined` where there is none. Of several
 * with one name it is the last, which is what npm leaves when it unpacks them all.
 *
 * @throws {TarError} where it is no tarball, or one of more than 1 GiB.
 */
export async function fileOfTarball(tarball: Uint8Array, name: string): Promise<Uint8Array | undefined> {
  let found: Uint8Array | undefined;
  for (const entry of entries(await unpacked(tarball))) {
    // npm drops the first folder, whatever its name.
    if (entry.path.replace(/^(?:\.\/)?[^/]+\//, "") === name) {
      found = entry.bytes;
    }
  }
  return found;
}

interface Entry {
  readonly path: string;
  readonly bytes: Uint8Array;
}

async function unpacked(tarball: Uint8Array): Promise<Uint8Array> {
  try {
    return await promisify(gunzip)(tarball, { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    throw new TarError("it is not gzip, or too large", { cause });
  }
}

/** The regular files of a tar archive (ustar, with the long names of pax and GNU). */
function* entries(archive: Uint8Array): Generator<Entry, void, undefined> {
  let longName: string | undefined;
  for (let at = 0; at + BLOCK <= archive.length && archive[at] !== 0; ) {
    const header = archive.subarray(at, at + BLOCK);
    const length = octal(header, 124, 12);
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + length);
    if (bytes.length < length) {
      throw new TarError("it ends in the middle of a file");
    }
    at += BLOCK + Math.ceil(length / BLOCK) * BLOCK;
    switch (String.fromCharCode(header[156] ?? 0)) {
      case "x":
        longName = paxPath(bytes) ?? longName;
        break;
      case "L":
        longName = text(bytes, 0, bytes.length);
        break;
      case "0":
      case "\0":
        yield { path: longName ?? shortName(header), bytes };
        longName = undefined;
        break;
      default:
        longName = undefined;
    }
  }
}

function shortName(header: Uint8Array): string {
  const prefix = text(header, 257, 5) === "ustar" ? text(header, 345, 155) : "";
  const name = text(header, 0, 100);
  return prefix === "" ? name : `${prefix}/${name}`;
}

function paxPath(bytes: Uint8Array): string | undefined {
  return /(?:^|\n)\d+ path=([^\n]*)\n/.exec(new TextDecoder().decode(bytes))?.[1];
}

function octal(header: Uint8Array, offset: number, length: number): number {
  const digits = text(header, offset, length).trim();
  const value = Number.parseInt(digits, 8);
  if (!/^[0-7]+$/.test(digits) || !Number.isSafeInteger(value)) {
    throw new TarError("the length of a file is no number");
  }
  return value;
}

/** Text up to the first zero byte. */
function text(bytes: Uint8Array, offset: number, length: number): string {
  const field = bytes.subarray(offset, offset + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}
