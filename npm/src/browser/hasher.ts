/** Target bytes hashed where the runtime has no hash that takes them piece by piece. */

import { type Algorithm, type Digest, type Hasher, hasherWith } from "../client/hasher.js";
import type { Target } from "../records.js";
import { Sha256 } from "./sha256.js";
import { sha384, sha512 } from "./sha512.js";

/** Hashes in JavaScript. */
export function newHasher(target: Target): Hasher {
  return hasherWith(newDigest, target);
}

function newDigest(algorithm: Algorithm): Digest {
  switch (algorithm) {
    case "sha256":
      return new Sha256();
    case "sha384":
      return sha384();
    case "sha512":
      return sha512();
  }
}
