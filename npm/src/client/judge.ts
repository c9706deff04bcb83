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
  judge(): Promise<void>;
}

/** A judge of this target's bytes; `begin` begins a check of the module. */
export type NewJudge = (target: Target, begin: () => Promise<TargetCheck>) => Promise<Judge>;

/** Hashes in the module itself: where the runtime has no hash that takes bytes piece by piece. */
export async function judgeInModule(_target: Target, begin: () => Promise<TargetCheck>): Promise<Judge> {
  const check = await begin();
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
    async judge() {
      if (refused !== undefined) {
        throw refused;
      }
      check.finish();
    },
  };
}
