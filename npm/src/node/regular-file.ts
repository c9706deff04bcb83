/** Files that decide whom to trust, read without waiting and without a limitless buffer. */

import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** The content of a file, and what was opened. */
export interface RegularFile {
  readonly bytes: Uint8Array;
  /** Of the opened file itself, whatever its path names by now. */
  readonly stats: Stats;
}

/**
 * Reads a regular file, at most `limit` bytes of it. A pipe or a device is refused: nobody may ever write to the one, and the other may
 * have no end.
 *
 * @throws {NodeJS.ErrnoException} where it cannot be opened; {@link Error} where it is no regular file or too long.
 */
export async function readRegular(path: string, limit: number): Promise<RegularFile> {
  // Without `O_NONBLOCK` opening a pipe waits for its writer. Windows has neither.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw new Error("it is not a regular file");
    }
    return { bytes: await readAll(handle, limit), stats };
  } finally {
    await handle.close();
  }
}

async function readAll(handle: FileHandle, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for (let length = 0; ; ) {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(65_536), 0, 65_536, null);
    if (bytesRead === 0) {
      return Buffer.concat(chunks);
    }
    length += bytesRead;
    if (length > limit) {
      throw new Error(`it is longer than ${limit} bytes`);
    }
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
