/** Target bytes hashed by Node, which uses the processor's own instructions. */

import { createHash } from "node:crypto";
import type { Hasher } from "../client/hasher.js";
import type { Target } from "../records.js";

/** What the module knows, by the names that Node has too. */
const ALGORITHMS: readonly string[] = ["sha256", "sha384", "sha512"];

/** Hashes with Node. */
export function newHasher({ hashes }: Target): Hasher {
  const known = hashes.filter(({ algorithm }) => ALGORITHMS.includes(algorithm));
  const digests = known.map(({ algorithm }) => ({ algorithm, hash: createHash(algorithm) }));
  let length = 0;
  return {
    get length() {
      return length;
    },
    write(chunk) {
      length += chunk.length;
      digests.forEach(({ hash }) => hash.update(chunk));
    },
    atHand() {
      const hashed = digests.map(({ algorithm, hash }) => ({ algorithm, digest: hash.copy().digest("hex") }));
      return { length: BigInt(length), digests: hashed };
    },
  };
}
