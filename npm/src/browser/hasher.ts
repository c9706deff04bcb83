/** Target bytes hashed by the module: a browser has no hash that takes them piece by piece. */

import type { Hasher } from "../client/hasher.js";
import type { Target } from "../records.js";
import type { Verifier } from "../verifier.js";

/** Hashes in the module. */
export function newHasher({ hashes }: Target, verifier: Verifier): Hasher {
  return verifier.startHasher(hashes.map(({ algorithm }) => algorithm));
}
