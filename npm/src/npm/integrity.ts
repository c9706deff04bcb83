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

/** A digest of an integrity text. */
export interface Digest {
  /** As `node:crypto` names it. */
  readonly algorithm: "sha1" | "sha256" | "sha384" | "sha512";
  /** Lower-case hexadecimal. */
  readonly value: string;
}

/**
 * Every digest of an integrity text; `undefined` for a part that is no digest, or one of another algorithm. npm takes the strongest
 * algorithm of a text alone, and no digest at all for a text that it cannot read.
 */
export function digestsOf(integrity: string): readonly (Digest | undefined)[] {
  return integrity.split(/\s+/).filter((part) => part !== "").map(parsed);
}

/** Whether bytes have every digest of an integrity text. `digest` gives their digest in lower-case hexadecimal. */
export function hasDigests(integrity: string, digest: (algorithm: Digest["algorithm"]) => string): boolean {
  return digestsOf(integrity).every((one) => one !== undefined && digest(one.algorithm) === one.value);
}

function parsed(part: string): Digest | undefined {
  const [, algorithm, encoded = ""] = /^(sha1|sha256|sha384|sha512)-([A-Za-z0-9+/]+={0,2})(?:\?.*)?$/.exec(part) ?? [];
  const bytes = Buffer.from(encoded, "base64");
  const isWhole = algorithm !== undefined && bytes.length === LENGTHS[algorithm] && bytes.toString("base64") === encoded;
  return isWhole ? { algorithm: algorithm as Digest["algorithm"], value: bytes.toString("hex") } : undefined;
}

/** Bytes of a digest. */
const LENGTHS: Readonly<Record<string, number>> = { sha1: 20, sha256: 32, sha384: 48, sha512: 64 };

/** The integrity text of a SHA-512 digest, which is hexadecimal. */
export function integrityOf(sha512: string): string {
  return `sha512-${Buffer.from(sha512, "hex").toString("base64")}`;
}
