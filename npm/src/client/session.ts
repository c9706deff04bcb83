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

/** Begins a new cycle from what the refresh has stored. */
export type Again = (signal: AbortSignal | undefined) => Promise<readonly [UpdateCycle, Report]>;

/** An update cycle that is ready, and what it needs for its searches. Searches take turns; what they find does not. */
export class Session {
  readonly effects: Effects;
  readonly #again: Again;
  #report: Report;
  #cycle: UpdateCycle;
  readonly #turns = new Turns();
  /** The target that the cycle found last: its checks are of that one. */
  #found: Target | undefined;

  constructor(cycle: UpdateCycle, effects: Effects, report: Report, again: Again) {
    this.#cycle = cycle;
    this.effects = effects;
    this.#report = report;
    this.#again = again;
  }

  /** What the refresh established. */
  get report(): Report {
    return this.#report;
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
      await this.#goOn(signal);
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
    await this.#goOn(signal);
    this.#cycle.find(path);
    const outcome: Outcome = await this.effects.drive(this.#cycle, signal);
    if (outcome.tag === "ready") {
      throw outOfOrder();
    }
    this.#found = outcome.tag === "found" ? outcome.val : undefined;
    return outcome;
  }

  /**
   * Goes on in a new instance where a search or a check broke the last one off: whoever signs for some paths must not keep the
   * others from being found.
   */
  async #goOn(signal: AbortSignal | undefined): Promise<void> {
    if (this.#cycle.isBroken) {
      this.#found = undefined;
      const [cycle, report] = await this.#again(signal);
      this.#cycle = cycle;
      // Another process may have refreshed the store since. What this session asked for, it has asked for.
      const { now, notices, waived, timestampUnchanged } = this.#report;
      this.#report = { ...report, now, notices, waived, timestampUnchanged };
    }
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
