/** A refreshed client: every search and every check is under the metadata of one snapshot. */

import { ClientError } from "../errors.js";
import type { NotFoundReason, Report, Target } from "../records.js";
import type { TargetCheck, UpdateCycle } from "../session.js";
import { type Effects, type Outcome, outOfOrder } from "./effects.js";
import { Turns } from "./turns.js";

/** What a search found. */
export type Found =
  | { readonly tag: "found"; readonly val: Target }
  | { readonly tag: "not-found"; readonly val: NotFoundReason };

/** An update cycle that is ready, and what it needs for its searches. Searches take turns; what they find does not. */
export class Session {
  readonly report: Report;
  readonly effects: Effects;
  readonly #cycle: UpdateCycle;
  readonly #turns = new Turns();
  /** The target that the cycle found last: its checks are of that one. */
  #found: Target | undefined;

  constructor(cycle: UpdateCycle, effects: Effects, report: Report) {
    this.#cycle = cycle;
    this.effects = effects;
    this.report = report;
  }

  /**
   * Searches a target by its path (5.6.7). Fetches the metadata of delegated roles where it must.
   *
   * It is stored without the lock: each version is the one that the trusted snapshot lists, so that a late write by another
   * process can cost a fetch, and no trust.
   */
  search(path: string, signal: AbortSignal | undefined): Promise<Found> {
    return this.#turns.take(() => this.#search(path, signal));
  }

  /** Begins the verification of a target's bytes (5.7). Checks do not disturb each other. */
  check(target: Target, signal: AbortSignal | undefined): Promise<TargetCheck> {
    return this.#turns.take(async () => {
      if (!sameTarget(this.#found, target)) {
        const found = await this.#search(target.path, signal);
        if (found.tag !== "found" || !sameTarget(found.val, target)) {
          const message = `the target ${target.path} was found by another session, the metadata of this one differs`;
          throw new ClientError(message, "foreign-target", target.path);
        }
      }
      return this.#cycle.check();
    });
  }

  async #search(path: string, signal: AbortSignal | undefined): Promise<Found> {
    this.#found = undefined;
    this.#cycle.find(path);
    const outcome: Outcome = await this.effects.drive(this.#cycle, signal);
    if (outcome.tag === "ready") {
      throw outOfOrder();
    }
    this.#found = outcome.tag === "found" ? outcome.val : undefined;
    return outcome;
  }
}

function sameTarget(one: Target | undefined, other: Target): boolean {
  return (
    one !== undefined &&
    one.path === other.path &&
    one.length === other.length &&
    one.role === other.role &&
    one.fetchPath === other.fetchPath &&
    one.custom === other.custom &&
    one.hashes.length === other.hashes.length &&
    one.hashes.every((hash, index) => {
      const listed = other.hashes[index];
      return listed?.algorithm === hash.algorithm && listed.digest === hash.digest;
    })
  );
}
