/** The form of npm's cache: where npm looks for the bytes that a lock file demands before it asks a registry. */

import { join } from "node:path";

/**
 * The path of the bytes with this SHA-512 (128 hexadecimal digits in lower case) in the folder that npm has as `cache`. npm hashes what
 * it finds there. An npm with another form of cache finds nothing, and asks.
 */
export function contentPath(cache: string, sha512: string): string {
  return join(cache, "_cacache", "content-v2", "sha512", sha512.slice(0, 2), sha512.slice(2, 4), sha512.slice(4));
}
