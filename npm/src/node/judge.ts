/** Target bytes hashed by Node, which uses the processor's own instructions; the module compares the digests. */

import { createHash, type Hash } from "node:crypto";
import type { Judge } from "../client/judge.js";
import type { Target } from "../records.js";
import type { TargetCheck } from "../session.js";

const ALGORITHMS: readonly string[] = ["sha256", "sha384", "sha512"];

/** Hashes with each listed algorithm that the module knows. */
export function judgeNatively(target: Target, check: TargetCheck): Judge {
  const hashes = target.hashes
    .filter(({ algorithm }) => ALGORITHMS.includes(algorithm))
    .map(({ algorithm }): readonly [string, Hash] => [algorithm, createHash(algorithm)]);
  let length = 0;
  return {
    get length() {
      return length;
    },
    write(chunk) {
      length += chunk.length;
      hashes.forEach(([, hash]) => hash.update(chunk));
    },
    judge() {
      const digests = hashes.map(([algorithm, hash]) => ({ algorithm, digest: hash.digest("hex") }));
      check.checkDigests(BigInt(length), digests);
    },
  };
}
