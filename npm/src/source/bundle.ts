/** A bundle as a source. */

import { SourceError } from "../errors.js";
import { type Archive, archiveOf } from "./bundle/archive.js";
import { type Place, readIndex } from "./bundle/index.js";
import { type Folder, namesInArchive } from "./bundle/name.js";
import { checkName } from "./name.js";
import type { Resume, Source, TargetStream } from "./source.js";

/** How a bundle is read. */
export interface BundleOptions {
  /** What it is called in errors. Default: its path, or the name of a `File`, or `the bundle`. */
  readonly name?: string | undefined;
  /** Entries of the archive, after which it is refused. Default: 1,000,000. */
  readonly mostEntries?: number | undefined;
}

/**
 * A bundle: what a repository served at some time, in one file. Opens no socket.
 *
 * A bundle is a tar archive of a published folder, with `metadata/NAME` and `targets/PATH`. Files are read where they are in the
 * archive, and nothing is extracted. A name is looked up as in a published folder: with its percent escapes decoded, and then as
 * it is.
 */
export class BundleSource implements Source {
  readonly isBundle = true;
  readonly #archive: Archive;
  readonly #files: ReadonlyMap<string, Place>;

  /** @internal */
  protected constructor(archive: Archive, files: ReadonlyMap<string, Place>) {
    this.#archive = archive;
    this.#files = files;
  }

  /**
   * Reads what is where in a bundle, which must be whole. The memory that this takes depends on the number of its files and the
   * length of their names (4,096 bytes at most), not on its size. Under Node it may also be the path of a file.
   *
   * Only regular files are taken, and folders ignored; links, devices and sparse files are refused, and so are names that occur
   * twice, lead elsewhere, or are beneath neither `metadata/` nor `targets/`.
   *
   * @throws {BundleError} `bundle-unreadable`, `bundle-malformed`.
   */
  static async open(bundle: Uint8Array | Blob, options: BundleOptions = {}): Promise<BundleSource> {
    const archive = archiveOf(bundle, options.name);
    return new BundleSource(archive, await readIndex(archive, options.mostEntries));
  }

  get location(): string {
    return this.#archive.name;
  }

  async metadata(name: string, maxLength: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const place = this.#find("metadata", name);
    if (place === undefined) {
      return undefined;
    }
    const whole = new Uint8Array(Math.min(place.length, maxLength + 1));
    let length = 0;
    for await (const chunk of this.#read({ offset: place.offset, length: whole.length }, signal)) {
      whole.set(chunk, length);
      length += chunk.length;
    }
    return whole;
  }

  async target(fetchPath: string, resume: Resume, signal?: AbortSignal): Promise<TargetStream | undefined> {
    const place = this.#find("targets", fetchPath);
    if (place === undefined) {
      return undefined;
    }
    const start = resume.offset <= place.length ? resume.offset : 0;
    const rest = { offset: place.offset + start, length: place.length - start };
    return { bytes: this.#read(rest, signal), start };
  }

  /** @throws {SourceError} `source-name`. */
  #find(folder: Folder, name: string): Place | undefined {
    checkName(name);
    const found = namesInArchive(folder, name).find((name) => this.#files.has(name));
    return found === undefined ? undefined : this.#files.get(found);
  }

  /** The bytes of this place. @throws {SourceError} `source-unreadable` while they are read. */
  async *#read({ offset, length }: Place, signal?: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
    const failing = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => this.#unreadable(error));
    signal?.throwIfAborted();
    const archive = await failing(this.#archive.open());
    try {
      for (let place = 0; place < length; ) {
        signal?.throwIfAborted();
        const chunk = await failing(archive.read(offset + place, Math.min(CHUNK, length - place)));
        if (chunk.length === 0) {
          this.#unreadable(new Error("it became shorter since it was opened"));
        }
        yield chunk;
        place += chunk.length;
      }
    } finally {
      await archive.close();
    }
  }

  #unreadable(cause: unknown): never {
    const location = this.#archive.name;
    throw new SourceError(`cannot read ${location}`, "source-unreadable", {
      location,
      cause,
      advice: "check the network or the file's permissions, then try again",
    });
  }
}

/** Bytes read at once. */
const CHUNK = 64 << 10;
