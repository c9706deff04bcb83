/** Names of targets' files in a folder. */

import { createHash } from "node:crypto";

/** Bytes that most file systems allow in one name. */
const LONGEST = 255;

/**
 * A name for a target's file in a folder: always the same one, another for every target path, and never one that leads out of
 * the folder.
 *
 * The whole path is percent-encoded, slashes too, and a dot at its beginning. Where that is longer than a file system can hold
 * (255 bytes), the name is `%sha256-` and the hash of the path: `%s` is no escape.
 */
export function fileName(path: string): string {
  const encoded = encodeURIComponent(path)
    .replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replace(/^\./, "%2E");
  return encoded.length <= LONGEST ? encoded : `%sha256-${createHash("sha256").update(path).digest("hex")}`;
}
