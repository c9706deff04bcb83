/** The bytes of one target, hashed as they come and judged by the module. */

import { Refusal } from "../errors.js";
import type { Target } from "../records.js";
import type { TargetCheck } from "../session.js";

/** Hashes the bytes of one target. */
export interface Judge {
  /** Bytes hashed so far. */
  readonly length: number;
  /** Takes the next bytes. */
  write(chunk: Uint8Array): void;
  /** Has the module judge all of them. Afterwards the judge is not used again. @throws {Refusal} the verdict. */
  judge(): void;
}

/** A judge of this target's bytes, which asks this check of the module. */
export type NewJudge = (target: Target, check: TargetCheck) => Judge;

/** Hashes in the module itself: where the runtime has no hash that takes bytes piece by piece. */
export function judgeInModule(_target: Target, check: TargetCheck): Judge {
  let length = 0;
  let refused: Refusal | undefined;
  return {
    get length() {
      return length;
    },
    write(chunk) {
      length += chunk.length;
      try {
        if (refused === undefined) {
          check.write(chunk);
        }
      } catch (error) {
        if (!(error instanceof Refusal)) {
          throw error;
        }
        refused = error;
      }
    },
    judge() {
      if (refused !== undefined) {
        throw refused;
      }
      check.finish();
    },
  };
}
