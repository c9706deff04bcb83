/** When a request is made again, and how long is waited before. */

import { SourceError } from "../../errors.js";
import { type Clock, sleep } from "./clock.js";
import type { Backoff } from "./options.js";

/** The rule for tries after the first. */
export interface Retries {
  readonly retries: number;
  readonly backoff: Backoff;
  readonly clock: Clock;
}

/**
 * Runs `attempt` until it gives an answer, fails for good, or no try is left.
 *
 * @throws the last error; the signal's reason, once it is aborted.
 */
export async function withRetries<T>(
  { retries, backoff, clock }: Retries,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let made = 0; ; made += 1) {
    try {
      return await attempt();
    } catch (error) {
      const wait = error instanceof SourceError ? waitBefore(made, error, backoff) : undefined;
      if (wait === undefined || made >= retries) {
        throw error;
      }
      await sleep(clock, wait, signal);
    }
  }
}

/** Milliseconds before the next try, or none where another try makes no sense. */
function waitBefore(made: number, error: SourceError, { first, longest }: Backoff): number | undefined {
  if (!isTransient(error)) {
    return undefined;
  }
  if (error.retryAfter !== undefined) {
    const wait = error.retryAfter * 1000;
    return wait <= longest ? wait : undefined;
  }
  // Spread over the tries of many clients; nothing secret depends on it.
  return Math.min(first * 2 ** made, longest) * (0.5 + 0.5 * Math.random());
}

/** A slow transfer is not tried again: the next is as slow, and whoever slows it would gain time by it. */
function isTransient({ code, phase, status = 0 }: SourceError): boolean {
  switch (code) {
    case "source-unreachable":
    case "source-unreadable":
      return true;
    case "source-timeout":
      return phase !== "end";
    case "source-status":
      return status === 429 || (status >= 500 && status < 600);
    default:
      return false;
  }
}
