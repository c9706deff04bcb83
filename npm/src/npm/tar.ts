/** The files of a package's tarball, as npm extracts them. */

import { gunzip } from "node:zlib";
import { promisify } from "node:util";

/** Most bytes of an unpacked tarball. */
const MAX_UNPACKED = 1 << 30;

/** Most bytes of an extended header. npm ignores longer ones, so that the name of the next file would be another for it. */
const MAX_EXTENDED = 1 << 20;

const BLOCK = 512;

/** A tarball cannot be read, or could be read in two ways. */
export class TarError extends Error {
  override readonly name = "TarError";
}

/** The files of a package by their paths below the package's folder, such as `lib/index.js`. */
export type PackageFiles = ReadonlyMap<string, Uint8Array>;

/**
 * The regular files of a package's tarball (gzip), by the paths at which npm puts them. Links are left out, as npm leaves them out. Of
 * several files with one path it is the last.
 *
 * Two programs can read one tarball in two ways: what one takes for the content of a file is the next file for the other. Whatever npm
 * might read differently is refused, so that what is judged is what is installed.
 *
 * @throws {TarError} where it is no tarball, is ambiguous, has a path that leaves its folder, or has more than 1 GiB.
 */
export async function filesOfTarball(tarball: Uint8Array): Promise<PackageFiles> {
  const files = new Map<string, Uint8Array>();
  const ignores = new Set<string>();
  for (const { path, bytes } of entries(await unpacked(tarball))) {
    const inside = insidePath(path);
    if (inside === undefined) {
      continue;
    }
    // npm makes a `.npmignore` of a `.gitignore`, unless there was one before it.
    const final = inside.replace(/(^|\/)\.gitignore$/, "$1.npmignore");
    if (/(?:^|\/)\.npmignore$/.test(inside)) {
      ignores.add(inside);
    }
    if (final === inside || !ignores.has(final)) {
      files.set(final, bytes);
    }
  }
  return files;
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

/** npm drops the first folder, whatever its name. What has none is dropped as a whole. */
function insidePath(path: string): string | undefined {
  const [, ...parts] = path.split("/");
  if (parts.length === 0) {
    return undefined;
  }
  if (path.includes("\\") || parts.some((part) => part === "" || part === "." || part === "..")) {
    throw new TarError(`it has a file at ${JSON.stringify(path)}, which is no plain path`);
  }
  return parts.join("/");
}

/** The regular files of a tar archive (ustar, with the long names of pax and GNU). */
function* entries(archive: Uint8Array): Generator<Entry, void, undefined> {
  let next: Extended = {};
  let emptyBlocks = 0;
  // Only two empty blocks end an archive; what follows one of them is read by npm.
  for (let at = 0; at + BLOCK <= archive.length && emptyBlocks < 2; ) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) {
      emptyBlocks += 1;
      at += BLOCK;
      continue;
    }
    emptyBlocks = 0;
    checkHeader(header);
    const length = octal(header, 124, 12);
    const bytes = archive.subarray(at + BLOCK, at + BLOCK + length);
    if (bytes.length < length) {
      throw new TarError("it ends in the middle of a file");
    }
    at += BLOCK + Math.ceil(length / BLOCK) * BLOCK;
    const kind = String.fromCharCode(header[156] ?? 0);
    if (kind === "x" || kind === "g" || kind === "L" || kind === "K") {
      next = extended(kind, bytes, next);
      continue;
    }
    const path = next.path ?? shortName(header);
    if (next.size !== undefined && next.size !== length) {
      throw new TarError(`${JSON.stringify(path)} has two lengths, ${length} and ${next.size}`);
    }
    next = {};
    if (isFile(kind, path)) {
      yield { path, bytes };
    } else if (length > 0) {
      throw new TarError(`${JSON.stringify(path)} is no file and has content`);
    }
  }
}

/** What an extended header says of the file behind it. */
interface Extended {
  readonly path?: string | undefined;
  readonly size?: number | undefined;
}

function extended(kind: string, bytes: Uint8Array, before: Extended): Extended {
  if (bytes.length > MAX_EXTENDED) {
    throw new TarError("it has an extended header that is too long");
  }
  switch (kind) {
    case "x":
      return { ...before, ...pax(bytes) };
    case "L":
      return { ...before, path: text(bytes, 0, bytes.length) };
    case "g":
      // It counts for every file behind it. Only git writes one, with a comment.
      if (Object.keys(pax(bytes)).length > 0) {
        throw new TarError("it has a global header for paths or lengths");
      }
      return before;
    default:
      return before;
  }
}

/** The records of a pax header: the length of the record, a space, `key=value`, a newline. */
function pax(bytes: Uint8Array): Extended {
  let found: Extended = {};
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? "" : decoded(bytes.subarray(at, space));
    const length = /^[1-9]\d{0,8}$/.test(digits) ? Number(digits) : 0;
    const record = decoded(bytes.subarray(space + 1, at + length - 1));
    // npm goes by lines: a value with a newline in it would be two records for it.
    if (length === 0 || at + length > bytes.length || bytes[at + length - 1] !== 0x0a || /[\n\0]/.test(record)) {
      throw new TarError("it has a malformed extended header");
    }
    const equals = record.indexOf("=");
    const [key, value] = [record.slice(0, equals), record.slice(equals + 1)];
    if (key === "path") {
      found = { ...found, path: value };
    } else if (key === "size") {
      found = { ...found, size: Number(value) };
    } else if (key === "type") {
      throw new TarError("it has an extended header that changes what a file is");
    }
    at += length;
  }
  return found;
}

/** Old archives mark a folder by a slash at its end. */
function isFile(kind: string, path: string): boolean {
  return (kind === "0" || kind === "\0" || kind === "7") && !path.endsWith("/");
}

/**
 * npm passes over a header whose sum is wrong, that has no name, or that has the target of a link and is no link; and takes the content
 * of its file for headers.
 */
function checkHeader(header: Uint8Array): void {
  const sum = header.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 0x20 : byte), 0);
  const isLink = ["1", "2"].includes(String.fromCharCode(header[156] ?? 0));
  if (sum !== octal(header, 148, 8) || !/[\0 ]/.test(decoded(header.subarray(148, 156)))) {
    throw new TarError("the sum of a header is wrong");
  }
  if (header[0] === 0 || (!isLink && header[157] !== 0)) {
    throw new TarError("a header has no name, or leads elsewhere");
  }
}

function shortName(header: Uint8Array): string {
  const name = text(header, 0, 100);
  // GNU's own format has other things in the place of the prefix.
  const isUstar = decoded(header.subarray(257, 265)) === "ustar\u000000";
  const prefix = isUstar ? text(header, 345, header[475] === 0 ? 130 : 155) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
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
  return decoded(end < 0 ? field : field.subarray(0, end));
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}
