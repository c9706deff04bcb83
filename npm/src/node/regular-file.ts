/** Files that somebody else may have made, read without waiting and without a limitless buffer. */

import { constants, type Stats } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** The content of a file, and what was opened. */
export interface RegularFile {
  readonly bytes: Uint8Array;
  /** Of the opened file itself, whatever its path names by now. */
  readonly stats: Stats;
}

/** What is at a path is no regular file, or is too long. */
export class NotRegular extends Error {
  override readonly name = "NotRegular";
}

/**
 * Reads a regular file, at most `limit` bytes of it. A pipe or a device is refused: nobody may ever write to the one, and the other may
 * have no end.
 *
 * @throws {NodeJS.ErrnoException} where it cannot be opened; {@link NotRegular}.
 */
export async function readRegular(path: string, limit: number): Promise<RegularFile> {
  // Without `O_NONBLOCK` opening a pipe waits for its writer. Windows has neither.
  const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) {
      throw new NotRegular("it is not a regular file");
    }
    return { bytes: await readAll(handle, limit), stats };
  } finally {
    await handle.close();
  }
}

/** How a file is opened: flags of `open`, and the mode of a file that it creates. */
export interface Opening {
  readonly path: string;
  readonly flags: number;
  readonly mode?: number;
}

/**
 * Opens a regular file, in a folder that others may share. A link is not followed: they would choose the file that is made, locked or
 * changed. A pipe is not waited for. On Windows links are followed.
 *
 * @throws {NodeJS.ErrnoException} where it cannot be opened, `ELOOP` for a link; {@link NotRegular}.
 */
export async function openWithoutLinks({ path, flags, mode }: Opening): Promise<FileHandle> {
  const handle = await open(path, flags | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0), mode);
  try {
    if (!(await handle.stat()).isFile()) {
      throw new NotRegular("it is not a regular file");
    }
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
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
      throw new NotRegular(`it is longer than ${limit} bytes`);
    }
    chunks.push(buffer.subarray(0, bytesRead));
  }
}
