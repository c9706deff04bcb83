/** The bytes of one target, hashed as they come. The module judges the digests. */

import type { AtHand } from "../binding.js";
import type { Target } from "../records.js";
import type { Verifier } from "../verifier.js";

/** Hashes bytes by every algorithm that a target lists and the module knows. */
export interface Hasher {
  /** Bytes hashed so far. */
  readonly length: number;
  /** Takes the next bytes. */
  write(chunk: Uint8Array): void;
  /** Length and digests of all bytes so far. More may follow. */
  atHand(): AtHand;
}

/** A hasher of this target's bytes: a runtime's own, or one in the module. */
export type NewHasher = (target: Target, verifier: Verifier) => Hasher;
