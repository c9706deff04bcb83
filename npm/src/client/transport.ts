/** What kept a mirror from an answer, in the module's terms. */

import type { TransportError, TransportKind } from "../binding.js";
import { SourceError } from "../errors.js";

/** The record of an error. One that is no {@link SourceError} is a defect of the source, which another try would not mend. */
export function transportError(error: unknown): TransportError {
  if (!(error instanceof SourceError)) {
    return { kind: { tag: "unusable" }, text: String(error) };
  }
  const wait = milliseconds(error.retryAfter);
  return { kind: kindOf(error), text: error.message, ...(wait === undefined ? {} : { retryAfter: wait }) };
}

function kindOf({ code, phase = "response", status = 0 }: SourceError): TransportKind {
  switch (code) {
    case "source-timeout":
      return { tag: "timeout", val: phase };
    case "source-status":
      return { tag: "status", val: status };
    case "source-unreadable":
      return { tag: "read" };
    case "source-unusable":
      return { tag: "unusable" };
    case "source-name":
      return { tag: "name" };
    case "source-unreachable":
      return { tag: "unreachable" };
    case "source-too-slow":
      return { tag: "too-slow" };
    case "source-tls":
      return { tag: "tls" };
    case "source-proxy":
      return { tag: "proxy" };
    case "source-protocol":
      return { tag: "protocol" };
    case "source-redirect":
      return { tag: "redirect" };
  }
}

function milliseconds(seconds: number | undefined): bigint | undefined {
  const wait = Math.ceil((seconds ?? Number.NaN) * 1000);
  return Number.isSafeInteger(wait) && wait >= 0 ? BigInt(wait) : undefined;
}
