/** The bytes of a bundle, wherever they are. */

/** An archive that is read where it is. */
export interface Archive {
  /** What it is called, for a person. */
  readonly name: string;
  /** Begins to read it. @throws whatever keeps it from being read. */
  open(): Promise<OpenArchive>;
}

/** An archive that is being read. */
export interface OpenArchive {
  /** Bytes of the archive. */
  readonly length: number;
  /** Up to `length` bytes from this place on; none at its end. @throws whatever keeps it from being read. */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** Ends the reading. */
  close(): Promise<void>;
}

/**
 * An archive in memory, or behind a `Blob` such as a file that somebody has chosen.
 *
 * @throws {TypeError} for anything else.
 */
export function archiveOf(bytes: Uint8Array | Blob, name?: string): Archive {
  if (bytes instanceof Blob) {
    const read = async (offset: number, length: number): Promise<Uint8Array> =>
      new Uint8Array(await bytes.slice(offset, offset + length).arrayBuffer());
    const own = "name" in bytes ? String(bytes.name) : undefined;
    return { name: name ?? own ?? UNNAMED, open: async () => ({ length: bytes.size, read, close }) };
  }
  if (bytes instanceof Uint8Array) {
    const read = async (offset: number, length: number): Promise<Uint8Array> =>
      new Uint8Array(bytes.subarray(offset, offset + length));
    return { name: name ?? UNNAMED, open: async () => ({ length: bytes.length, read, close }) };
  }
  throw new TypeError("bundle is a Uint8Array or a Blob");
}

const UNNAMED = "the bundle";

async function close(): Promise<void> {
  // There is nothing to close.
}
