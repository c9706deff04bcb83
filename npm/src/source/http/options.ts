/** How a source behind HTTP is set up. */

import { checkNames } from "../../arguments.js";
import { SourceError } from "../../errors.js";
import { BaseUrl, withoutSecrets } from "../url.js";
import { type Clock, runtimeClock } from "./clock.js";
import { throughFetch, type Transport } from "./transport.js";

/** What differs from the defaults. */
export interface HttpOptions {
  /**
   * Used instead of the global `fetch`: for proxies, certificate authorities and client certificates (under Node that of `undici`
   * with a dispatcher of its own), and for tests. It is asked for one URL at a time, and is told to follow no redirect
   * (`redirect: "manual"`).
   *
   * Default: the global `fetch`; under Node `node:http` and `node:https`, if the global `fetch` is Node's own and nobody has given it a
   * dispatcher.
   */
  readonly fetch?: typeof fetch;
  /** Time limits. */
  readonly timeouts?: Partial<Timeouts>;
  /** Tries after the first. Default: 2. */
  readonly retries?: number;
  /** Waits between tries. */
  readonly backoff?: Partial<Backoff>;
  /** Origins to which redirects are followed besides the own one: scheme, host and port, such as `https://files.example:8443`. */
  readonly redirectOrigins?: readonly string[];
  /** Redirects of one request that are followed. Default: 10. */
  readonly maxRedirects?: number;
  /** Names the program to the servers. Default: as the runtime does. A browser may ask other origins for permission first. */
  readonly userAgent?: string;
  /** Used instead of the runtime's clock. */
  readonly clock?: Clock;
}

/**
 * How long a server may take, in milliseconds. `Infinity` is no limit.
 *
 * A transfer ends when nothing comes for `idle`, or when fewer than `minBytes` come within a `window`. The time that the reader of
 * a target stream takes for itself does not count. A target whose length is known must also end in the time that it would take at
 * that slowest rate; there, all time counts.
 */
export interface Timeouts {
  /** From the request to the end of the answer's headers, with the connection. Default: 30,000. */
  readonly response: number;
  /** Between two arrivals of bytes. Default: 30,000. */
  readonly idle: number;
  /** Length of the window in which `minBytes` must come. Default: 30,000. */
  readonly window: number;
  /** Bytes that must come in every window. Default: 3,000. */
  readonly minBytes: number;
  /** For the body of one metadata file. Default: 600,000. */
  readonly metadata: number;
  /** For the body of one target file. Default: no limit, since files differ by orders of magnitude. */
  readonly target: number;
}

/** Waits between tries, in milliseconds: about `first`, then twice as long each time. */
export interface Backoff {
  /** Before the first further try; on average three quarters of it. Default: 500. */
  readonly first: number;
  /** No wait is longer. A `Retry-After` that is longer ends the tries. Default: 20,000. */
  readonly longest: number;
}

/** The options with the defaults. */
export interface HttpSettings {
  readonly transport: Transport;
  readonly timeouts: Timeouts;
  readonly retries: number;
  readonly backoff: Backoff;
  readonly redirectOrigins: readonly string[];
  readonly maxRedirects: number;
  readonly userAgent: string | undefined;
  readonly clock: Clock;
}

/**
 * The options with the defaults. Without a `fetch` among them, requests go through this transport.
 *
 * @throws {SourceError} `source-unusable` for an origin or user agent that cannot work.
 * @throws {TypeError} for an option that is not known.
 * @throws {RangeError} for a number that is negative.
 */
export function withDefaults(options: HttpOptions, transport: Transport): HttpSettings {
  checkNames(options, OPTIONS);
  checkNames(options.timeouts ?? {}, Object.keys(TIMEOUTS));
  checkNames(options.backoff ?? {}, Object.keys(BACKOFF));
  const { userAgent, clock = runtimeClock, retries = 2, maxRedirects = 10 } = options;
  checkHeader(userAgent);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const backoff = { ...BACKOFF, ...options.backoff };
  for (const [name, value] of Object.entries({ ...timeouts, ...backoff, retries, maxRedirects })) {
    if (!(typeof value === "number" && value >= 0)) {
      throw new RangeError(`${name} is a number, not negative`);
    }
  }
  return {
    transport: options.fetch === undefined ? transport : throughFetch(options.fetch),
    timeouts,
    backoff,
    retries,
    maxRedirects,
    redirectOrigins: (options.redirectOrigins ?? []).map(origin),
    userAgent,
    clock,
  };
}

const OPTIONS = [
  "fetch",
  "timeouts",
  "retries",
  "backoff",
  "redirectOrigins",
  "maxRedirects",
  "userAgent",
  "clock",
] as const satisfies readonly (keyof HttpOptions)[];

const TIMEOUTS: Timeouts = {
  response: 30_000,
  idle: 30_000,
  window: 30_000,
  minBytes: 3_000,
  metadata: 600_000,
  target: Infinity,
};

const BACKOFF: Backoff = { first: 500, longest: 20_000 };

function origin(text: string): string {
  const base = new BaseUrl(text);
  if (!base.isOrigin) {
    throw unusable(withoutSecrets(text), "an origin has no path and no credentials");
  }
  return base.origin;
}

/** As `Headers` does, which would load Node's `fetch`. */
function checkHeader(userAgent = ""): void {
  if (/[\0\r\n]|[^\0-\xff]/u.test(userAgent.replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, ""))) {
    throw unusable("the user agent", "it has a character that no HTTP header may have");
  }
}

function unusable(location: string, reason: string): SourceError {
  return new SourceError(`${location}: ${reason}`, "source-unusable", { location, advice: "correct this setting" });
}
