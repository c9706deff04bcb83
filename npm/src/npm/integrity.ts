/** The `integrity` texts of npm (Subresource Integrity). */

/**
 * The SHA-512 digests of an integrity text, lower-case hexadecimal, each once. npm takes bytes that match any one of them, so
 * whoever vouches for the text vouches for all.
 */
export function sha512Digests(integrity: string): readonly string[] {
  const digests = integrity
    .split(/\s+/)
    .map((part) => /^sha512-([A-Za-z0-9+/]{86}==)(?:\?.*)?$/.exec(part)?.[1])
    .filter((encoded) => encoded !== undefined)
    .map((encoded) => Buffer.from(encoded, "base64").toString("hex"));
  return [...new Set(digests)];
}

/** The integrity text of a SHA-512 digest, which is hexadecimal. */
export function integrityOf(sha512: string): string {
  return `sha512-${Buffer.from(sha512, "hex").toString("base64")}`;
}
