/** Brings trusted metadata up to date (5.1 to 5.6.6). */

import type { MirrorRecord } from "../binding.js";
import { SandboxError } from "../errors.js";
import type { Report } from "../records.js";
import type { Settings } from "../settings.js";
import type { Source } from "../source/source.js";
import type { Verifier } from "../verifier.js";
import { isOfMirrors } from "./failure.js";
import { Loop } from "./loop.js";
import type { Mirror, Outside } from "./outside.js";

/** What an update cycle begins with. */
export interface Beginning {
  readonly verifier: Verifier;
  readonly trustedRoot: Uint8Array;
  readonly settings: Settings;
  /** Milliseconds that one refresh, one search or one check may compute. */
  readonly computation: number | undefined;
  /** The fixed update start time. */
  readonly now: Date;
}

/** A client whose refresh has succeeded. */
export interface Refreshed {
  readonly loop: Loop;
  readonly report: Report;
}

/**
 * Refreshes. What was accepted before an error stays in the store, whose lock the caller holds.
 *
 * Where an answer breaks the module off, another instance is led by another mirror, once for each, and the mirror that sent the
 * answer is asked last.
 */
export async function refresh(
  beginning: Beginning,
  outside: Outside,
  signal: AbortSignal | undefined,
): Promise<Refreshed> {
  let broke: SandboxError | undefined;
  let { mirrors } = outside;
  for (const leader of [...outside.mirrors.slice(1), undefined]) {
    const loop = start(beginning, { ...outside, mirrors }, false);
    try {
      return { loop, report: await refreshed(loop, signal) };
    } catch (error) {
      if (!(error instanceof SandboxError) || !loop.hasAsked || leader === undefined) {
        throw broke !== undefined && isOfMirrors(error) ? broke : error;
      }
      broke ??= error;
      mirrors = [leader, ...askedLast(loop.brokenBy, mirrors).filter((mirror) => mirror !== leader)];
    }
  }
  throw broke ?? new RangeError("nobody has led");
}

/**
 * A new client after one that was lost, from what its refresh has stored: at the same time, and under the lock as that was. Where
 * the store does not do, the mirrors are asked.
 */
export async function resume(
  beginning: Beginning,
  outside: Outside,
  signal: AbortSignal | undefined,
): Promise<Refreshed> {
  const loop = start(beginning, outside, true);
  return { loop, report: await refreshed(loop, signal) };
}

/** The mirrors, the last of which is the one that broke a module off. */
export function askedLast(broke: Mirror | undefined, mirrors: readonly Mirror[]): readonly Mirror[] {
  return broke === undefined ? mirrors : [...mirrors.filter((mirror) => mirror !== broke), broke];
}

function start(beginning: Beginning, outside: Outside, resumes: boolean): Loop {
  const { verifier, trustedRoot, settings, computation, now } = beginning;
  const mirrors = outside.mirrors.map(({ source }) => described(source));
  const client = verifier.startClient(trustedRoot, now, { settings, mirrors, resumes }, computation);
  return new Loop(client, trustedRoot, outside);
}

/** @throws {RangeError} for a rule for tries that has no number, or a negative one. */
function described({ isBundle, retry }: Source): MirrorRecord {
  const { count, first, longest } = retry ?? { count: 0, first: 0, longest: 0 };
  const tries = Math.floor(atMost("count", count, 0xffff_ffff));
  const milliseconds = (name: string, time: number): bigint => BigInt(Math.ceil(atMost(name, time, Number.MAX_SAFE_INTEGER)));
  const rule = { count: tries, first: milliseconds("first", first), longest: milliseconds("longest", longest) };
  return { kind: isBundle === true ? "bundle" : "repository", retry: rule };
}

/** A number of a source's, or the most that the module can count to. */
function atMost(name: string, number: number, most: number): number {
  if (!(typeof number === "number" && number >= 0)) {
    throw new RangeError(`retry.${name} of a source is a number, not negative`);
  }
  return Math.min(number, most);
}

async function refreshed(loop: Loop, signal: AbortSignal | undefined): Promise<Report> {
  try {
    return await loop.refreshed(signal);
  } catch (error) {
    await loop.stop();
    throw error;
  }
}
