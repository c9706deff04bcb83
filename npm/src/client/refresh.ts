/** Brings trusted metadata up to date (5.1 to 5.6.6). */

import type { Report } from "../records.js";
import type { Settings } from "../settings.js";
import type { Verifier } from "../verifier.js";
import { concernsOneMirror, moreTelling } from "./blame.js";
import { type Effects, type Load, type Outcome, outOfOrder } from "./effects.js";
import { Session } from "./session.js";
import type { UpdateCycle } from "../session.js";

/** What an update cycle begins with. */
export interface Beginning {
  readonly verifier: Verifier;
  readonly trustedRoot: () => Promise<Uint8Array>;
  readonly settings: Settings;
  /** Milliseconds that one refresh, one search or one check may compute. */
  readonly computation: number | undefined;
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
    const { verifier, computation } = beginning;
    const start = (): UpdateCycle => verifier.startUpdate(root, now, settings, computation);
    const [cycle, outcome] = await attempt(effects, start, signal);
    if (outcome.tag !== "ready") {
      throw outOfOrder();
    }
    // The refresh of this session is younger than a second for whoever lives at its start time.
    const fresh = { ...settings, freshFor: Math.max(settings.freshFor ?? 0, 1) };
    const startFresh = (): UpdateCycle => verifier.startUpdate(root, now, fresh, computation);
    return new Session(cycle, effects, outcome.val, (signal) => again(startFresh, now, effects, signal));
  } finally {
    await guard.release();
  }
}

/**
 * A new cycle after one whose instance broke off, from what the refresh has stored: at the same time, and under a lock as that
 * was. Where the store does not do, the cycle asks the repository.
 */
async function again(
  start: () => UpdateCycle,
  now: Date,
  effects: Effects,
  signal: AbortSignal | undefined,
): Promise<readonly [UpdateCycle, Report]> {
  const refreshed = new TextEncoder().encode(String(Math.floor(now.getTime() / 1000)));
  const guard = await effects.store.lock(() => effects.progress({ tag: "waiting-for-lock" }), signal);
  try {
    const cycle = start();
    const load: Load = async (name) => (name === "refreshed" ? refreshed : effects.store.load(name));
    const outcome = await effects.drive(cycle, signal, load);
    if (outcome.tag !== "ready") {
      throw outOfOrder();
    }
    return [cycle, outcome.val];
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
      if (!concernsOneMirror(error) && !cycle.isBroken) {
        throw error;
      }
      worst = moreTelling(worst, error as unknown);
      if (!effects.mirrors.leadWithAnother()) {
        throw worst;
      }
    }
  }
}
