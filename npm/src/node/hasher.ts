/** Target bytes hashed by Node, which uses the processor's own instructions. */

import { createHash } from "node:crypto";
import { type Digest, type Hasher, hasherWith } from "../client/hasher.js";
import type { Target } from "../records.js";

/** Hashes with Node. */
export function newHasher(target: Target): Hasher {
  return hasherWith(newDigest, target);
}

function newDigest(algorithm: string): Digest {
  const hash = createHash(algorithm);
  return { update: (chunk) => void hash.update(chunk), hexadecimal: () => hash.copy().digest("hex") };
}
