/** What `fetch`, `node:http` and servers report, as errors of a source. */

import { type Phase, SourceError } from "../../errors.js";
import { parseDate } from "./date.js";
import type { Fields, TransportAnswer } from "./transport.js";

/** No answer came to a request. */
export function noAnswer(location: string, error: unknown): SourceError {
  return (
    ofTheTransport(location, error) ??
    new SourceError(`cannot reach ${location}`, "source-unreachable", {
      location,
      cause: error,
      advice: "check the URL, the network and the proxy settings, then try again",
    })
  );
}

/** The body of an answer broke off. */
export function brokenOff(location: string, error: unknown): SourceError {
  return (
    ofTheTransport(location, error) ??
    new SourceError(`cannot read ${location}`, "source-unreadable", {
      location,
      cause: error,
      advice: "check the network or the file's permissions, then try again",
    })
  );
}

/** A time limit passed: milliseconds. */
export function timeout(location: string, phase: Phase, limit?: number, cause?: unknown): SourceError {
  const within = limit === undefined ? "in time" : `within ${limit / 1000} seconds`;
  return new SourceError(`${location}: no ${PHASE[phase]} ${within}`, "source-timeout", {
    location,
    phase,
    cause,
    advice: LATER,
  });
}

/** Fewer bytes came within a window of milliseconds than are demanded. */
export function tooSlow(location: string, received: number, minimum: number, window: number): SourceError {
  const message = `${location}: ${received} bytes in ${window / 1000} seconds, at least ${minimum} are demanded`;
  return new SourceError(message, "source-too-slow", { location, advice: LATER });
}

/** The answer is not HTTP as it was asked for. */
export function protocol(location: string, reason: string, cause?: unknown): SourceError {
  return new SourceError(`${location}: ${reason}`, "source-protocol", {
    location,
    cause,
    advice: "check that the URL is that of a TUF repository, and what stands between",
  });
}

/** An answer whose status is no answer to the question whether there is such a file. */
export function badStatus(location: string, { status, headers }: TransportAnswer): SourceError {
  const advice =
    status === 401 || status === 407
      ? "give the credentials that this server asks for"
      : "check the URL, or try again later";
  return new SourceError(`the server answered ${status} for ${location}`, "source-status", {
    location,
    status,
    retryAfter: retryAfter(headers),
    advice,
  });
}

/**
 * How long the server asks to wait, in seconds: a number, or a date, which is compared with the server's own clock where it shows
 * it.
 */
function retryAfter(headers: Fields): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined) {
    return undefined;
  }
  if (/^\d+$/.test(value)) {
    return Number(value);
  }
  const until = parseDate(value);
  const now = parseDate(headers.get("date")?.trim() ?? "") ?? Math.floor(Date.now() / 1000);
  return until === undefined ? undefined : Math.max(0, until - now);
}

/** What the codes of Node and of its HTTP client tell, whenever it happened; none of any other. */
function ofTheTransport(location: string, error: unknown): SourceError | undefined {
  const cause = innermost(error);
  const code = String(cause?.code ?? "");
  const phase = TIMEOUTS[code];
  if (phase !== undefined) {
    return timeout(location, phase, undefined, cause);
  }
  if (TLS.test(code)) {
    return new SourceError(`${location}: TLS: ${cause?.message ?? code}`, "source-tls", {
      location,
      cause,
      advice: "check the server's certificate and this machine's clock; for a private authority, set its CA file",
    });
  }
  if (code === "UND_ERR_HEADERS_OVERFLOW" || code.startsWith("HPE_")) {
    return protocol(location, `the answer is no valid HTTP: ${cause?.message ?? code}`, cause);
  }
  return undefined;
}

/** The error with a code at the end of a chain of causes. */
function innermost(error: unknown): (Error & { readonly code?: unknown }) | undefined {
  let found: Error | undefined;
  for (let depth = 0, next = error; depth < 8 && next instanceof Error; depth += 1, next = next.cause) {
    found = next;
  }
  return found;
}

const LATER = "try again later, or raise the time limits for a slow network";

const PHASE: Readonly<Record<Phase, string>> = {
  connection: "connection",
  response: "answer",
  bytes: "further bytes",
  end: "end of the transfer",
};

/** The time limits of Node's HTTP client. */
const TIMEOUTS: Readonly<Record<string, Phase>> = {
  UND_ERR_CONNECT_TIMEOUT: "connection",
  UND_ERR_HEADERS_TIMEOUT: "response",
  UND_ERR_BODY_TIMEOUT: "bytes",
};

/** Codes of Node's TLS and of OpenSSL. */
const TLS = new RegExp(
  "^(?:ERR_TLS_|ERR_SSL_|CERT_|CRL_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERROR_IN_" +
    "|(?:EPROTO|INVALID_CA|INVALID_PURPOSE|HOSTNAME_MISMATCH|PATH_LENGTH_EXCEEDED)$)",
);
