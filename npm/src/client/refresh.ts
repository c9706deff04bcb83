/** Brings trusted metadata up to date (5.1 to 5.6.6). */

import type { Settings } from "../settings.js";
import type { Verifier } from "../verifier.js";
import { concernsOneMirror, moreTelling } from "./blame.js";
import { type Effects, type Outcome, outOfOrder } from "./effects.js";
import { Session } from "./session.js";
import type { UpdateCycle } from "../session.js";

/** What an update cycle begins with. */
export interface Beginning {
  readonly verifier: Verifier;
  readonly trustedRoot: () => Promise<Uint8Array>;
  readonly settings: Settings;
  /** The fixed update start time; the clock's where it is not given. */
  readonly referenceTime: Date | undefined;
}

/** Refreshes under the lock of the store. What was accepted before an error stays in the store. */
export async function refresh(
  beginning: Beginning,
  effects: Effects,
  signal: AbortSignal | undefined,
): Promise<Session> {
  const settings = { ...beginning.settings, access: effects.access(beginning.settings.access ?? "repository") };
  const guard = await effects.store.lock(() => effects.progress({ tag: "waiting-for-lock" }), signal);
  try {
    const now = beginning.referenceTime ?? new Date();
    const root = await beginning.trustedRoot();
    const start = (): UpdateCycle => beginning.verifier.startUpdate(root, now, settings);
    const [cycle, outcome] = await attempt(effects, start, signal);
    if (outcome.tag !== "ready") {
      throw outOfOrder();
    }
    return new Session(cycle, effects, outcome.val);
  } finally {
    await guard.release();
  }
}

/**
 * Drives cycles to an outcome: one, and where it fails another for each mirror that has not led one.
 *
 * A mirror that leads with old metadata, still valid, and then withholds the rest would otherwise keep the client from a mirror
 * that has only what is new.
 */
async function attempt(
  effects: Effects,
  start: () => UpdateCycle,
  signal: AbortSignal | undefined,
): Promise<readonly [UpdateCycle, Outcome]> {
  let worst: unknown;
  for (;;) {
    const cycle = start();
    try {
      return [cycle, await effects.drive(cycle, signal)];
    } catch (error) {
      if (!concernsOneMirror(error)) {
        throw error;
      }
      worst = moreTelling(worst, error as unknown);
      if (!effects.mirrors.leadWithAnother()) {
        throw worst;
      }
    }
  }
}
