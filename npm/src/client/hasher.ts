/** The bytes of one target, hashed as they come. The module judges the digests. */

import type { AtHand } from "../binding.js";
import type { Target } from "../records.js";

/** Hashes bytes by every algorithm that a target lists and this runtime has. */
export interface Hasher {
  /** Bytes hashed so far. */
  readonly length: number;
  /** Takes the next bytes. */
  write(chunk: Uint8Array): void;
  /** Length and digests of all bytes so far. More may follow. */
  atHand(): AtHand;
}

/** A hasher of this target's bytes. */
export type NewHasher = (target: Target) => Hasher;

/** A digest under way. */
export interface Digest {
  update(chunk: Uint8Array): void;
  /** The digest of all bytes so far, in lower-case hexadecimal. More may follow. */
  hexadecimal(): string;
}

/** An algorithm that the module knows. */
export type Algorithm = "sha256" | "sha384" | "sha512";

/** A hasher with the digests of a runtime. */
export function hasherWith(newDigest: (algorithm: Algorithm) => Digest, { hashes }: Target): Hasher {
  const digests = hashes.flatMap(({ algorithm }): readonly (readonly [Algorithm, Digest])[] =>
    isKnown(algorithm) ? [[algorithm, newDigest(algorithm)]] : [],
  );
  let length = 0;
  return {
    get length() {
      return length;
    },
    write(chunk) {
      length += chunk.length;
      digests.forEach(([, digest]) => digest.update(chunk));
    },
    atHand() {
      const hashed = digests.map(([algorithm, digest]) => ({ algorithm, digest: digest.hexadecimal() }));
      return { length: BigInt(length), digests: hashed };
    },
  };
}

const ALGORITHMS: readonly string[] = ["sha256", "sha384", "sha512"] satisfies readonly Algorithm[];

function isKnown(algorithm: string): algorithm is Algorithm {
  return ALGORITHMS.includes(algorithm);
}
