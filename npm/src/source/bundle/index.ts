/** What is where in the archive of a bundle. Nothing is taken out of it. */

import { BundleError } from "../../errors.js";
import type { Archive, OpenArchive } from "./archive.js";
import { Defect, shown } from "./defect.js";
import { parseExtensions } from "./extension.js";
import { BLOCK, type Header, parseHeader } from "./header.js";
import { nameOfEntry } from "./name.js";

/** Where a file is in the archive: bytes. */
export interface Place {
  readonly offset: number;
  readonly length: number;
}

/**
 * Reads the headers of an archive to its end, which must be there: a bundle that was cut off would say of the files behind the cut
 * that the repository does not have them.
 *
 * @returns the files by their names.
 * @throws {BundleError} `bundle-unreadable`, `bundle-malformed`.
 */
export async function readIndex(archive: Archive, mostEntries = 1_000_000): Promise<ReadonlyMap<string, Place>> {
  try {
    const open = await archive.open();
    try {
      return await new Reading(open).run(mostEntries);
    } finally {
      await open.close();
    }
  } catch (error) {
    if (error instanceof Defect) {
      throw new BundleError(`${archive.name} is no bundle: ${error.message}`, "bundle-malformed", {
        advice: "get or make the bundle again: an archive of the folders `metadata` and `targets`",
      });
    }
    throw new BundleError(`cannot read the bundle ${archive.name}`, "bundle-unreadable", {
      cause: error,
      advice: "check the path and its permissions",
    });
  }
}

/** Bytes of an extended header: a name, and what tar programs add. */
const LONGEST_EXTENSION = 64 << 10;

/** Bytes read at once: headers of short files are close to each other. */
const WINDOW = 64 << 10;

class Reading {
  readonly #archive: OpenArchive;
  readonly #files = new Map<string, Place>();
  /** The name that an extended header gives to the next entry. */
  #longName: Uint8Array | undefined;
  #window: { readonly offset: number; readonly bytes: Uint8Array } = { offset: 0, bytes: new Uint8Array() };

  constructor(archive: OpenArchive) {
    this.#archive = archive;
  }

  async run(mostEntries: number): Promise<ReadonlyMap<string, Place>> {
    let end = 0;
    for (let count = 0; ; count += 1) {
      const header = parseHeader(await this.#block(end));
      if (header === undefined) {
        break;
      }
      if (count >= mostEntries) {
        throw new Defect(`it has more than ${mostEntries} entries`);
      }
      end = await this.#entry(header, end + BLOCK);
    }
    if (this.#longName !== undefined) {
      throw new Defect("a name at its end belongs to no file");
    }
    // Two empty blocks end an archive. The first was read.
    if ((await this.#block(end + BLOCK)).some((byte) => byte !== 0)) {
      throw new Defect(NO_END);
    }
    return this.#files;
  }

  /** Takes an entry whose content begins here, and returns where the next one begins. */
  async #entry({ name, length, type }: Header, offset: number): Promise<number> {
    const end = offset + Math.ceil(length / BLOCK) * BLOCK;
    if (end > this.#archive.length) {
      throw new Defect("it is cut off");
    }
    switch (type) {
      case "0":
        this.#file(this.#longName ?? name, { offset, length });
        break;
      case "5":
        this.#longName = undefined;
        break;
      case "L": {
        const longName = await this.#extension(offset, length);
        const nul = longName.indexOf(0);
        this.#nameNext(nul < 0 ? longName : longName.subarray(0, nul));
        break;
      }
      case "x":
        this.#extended(await this.#extension(offset, length));
        break;
      case "g":
        // Of all files at once, such as a comment.
        break;
      default:
        throw new Defect(`${shown(name)} is no regular file (type ${JSON.stringify(type)})`);
    }
    return end;
  }

  #file(bytes: Uint8Array, place: Place): void {
    this.#longName = undefined;
    const name = nameOfEntry(bytes);
    if (this.#files.has(name)) {
      throw new Defect(`${shown(bytes)}: it is there twice`);
    }
    this.#files.set(name, place);
  }

  /** Takes the name of the next entry from an extended header. */
  #extended(bytes: Uint8Array): void {
    for (const { key, value } of parseExtensions(bytes)) {
      if (key === "path") {
        this.#nameNext(value);
      } else if (key === "size") {
        // Whoever reads one of two lengths reads another archive.
        throw new Defect("an extended header changes the length of a file");
      } else if (key.startsWith("GNU.sparse")) {
        throw new Defect("it has a sparse file");
      }
    }
  }

  #nameNext(name: Uint8Array): void {
    if (this.#longName !== undefined) {
      throw new Defect("two names belong to one file");
    }
    this.#longName = name;
  }

  /** The content of an extended header. */
  async #extension(offset: number, length: number): Promise<Uint8Array> {
    if (length > LONGEST_EXTENSION) {
      throw new Defect("an extended header is too long");
    }
    const bytes = await this.#archive.read(offset, length);
    if (bytes.length < length) {
      throw new Defect("it is cut off");
    }
    return bytes;
  }

  async #block(offset: number): Promise<Uint8Array> {
    const { offset: start, bytes } = this.#window;
    if (offset < start || offset + BLOCK > start + bytes.length) {
      this.#window = { offset, bytes: await this.#archive.read(offset, WINDOW) };
    }
    const place = offset - this.#window.offset;
    const block = this.#window.bytes.subarray(place, place + BLOCK);
    if (block.length < BLOCK) {
      throw new Defect(NO_END);
    }
    return block;
  }
}

const NO_END = "its end is not there";
