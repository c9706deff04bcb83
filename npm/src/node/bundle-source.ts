/** A bundle as a source under Node: also one in a file. */

import { open, stat } from "node:fs/promises";
import { type Archive, archiveOf, type OpenArchive } from "../source/bundle/archive.js";
import { readIndex } from "../source/bundle/index.js";
import { type BundleOptions, BundleSource as CommonBundleSource } from "../source/bundle.js";

/** A bundle: what a repository served at some time, in one file. */
export class BundleSource extends CommonBundleSource {
  /**
   * Reads what is where in a bundle, as in browsers, or in the file at a path. The file is not read as a whole: it is opened
   * whenever something of it is asked for, and must stay as it is meanwhile.
   *
   * @throws {BundleError} `bundle-unreadable`, `bundle-malformed`.
   */
  static override async open(bundle: string | Uint8Array | Blob, options: BundleOptions = {}): Promise<BundleSource> {
    const { name, mostEntries } = options;
    const archive = typeof bundle === "string" ? new FileArchive(bundle, name ?? bundle) : archiveOf(bundle, name);
    return new BundleSource(archive, await readIndex(archive, mostEntries));
  }
}

class FileArchive implements Archive {
  readonly name: string;
  readonly #path: string;

  constructor(path: string, name: string) {
    this.#path = path;
    this.name = name;
  }

  async open(): Promise<OpenArchive> {
    // A look before the file is opened: opening a pipe would wait for its writer.
    if (!(await stat(this.#path)).isFile()) {
      throw new Error("this is no regular file");
    }
    const file = await open(this.#path, "r");
    const { size } = await file.stat();
    return {
      length: size,
      async read(offset, length) {
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
        const { bytesRead } = await file.read(bytes, 0, bytes.length, offset);
        return bytes.subarray(0, bytesRead);
      },
      close: () => file.close(),
    };
  }
}
