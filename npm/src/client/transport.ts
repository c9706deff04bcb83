/** What kept a mirror from an answer, in the module's terms. */

import type { TransportError, TransportKind } from "../binding.js";
import { type Phase, SourceError } from "../errors.js";

/** The record of an error. One that is no {@link SourceError} is a defect of the source, which another try would not mend. */
export function transportError(error: unknown): TransportError {
  if (!(error instanceof SourceError)) {
    return { kind: { tag: "unusable" }, text: wellFormed(String(error)) };
  }
  const wait = milliseconds(error.retryAfter);
  return { kind: kindOf(error), text: wellFormed(error.message), ...(wait === undefined ? {} : { retryAfter: wait }) };
}

/** The kind of an error, which a source of the caller's may have made. */
function kindOf({ code, phase = "response", status = 0 }: SourceError): TransportKind {
  switch (code) {
    case "source-timeout":
      return { tag: "timeout", val: PHASES.includes(phase) ? phase : "response" };
    case "source-status":
      return Number.isInteger(status) && status >= 0 && status <= 0xffff ? { tag: "status", val: status } : { tag: "protocol" };
    case "source-unreadable":
      return { tag: "read" };
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
    default:
      return { tag: "unusable" };
  }
}

const PHASES: readonly Phase[] = ["connection", "response", "bytes", "end"];

/** Text of which UTF-8 can be made. */
function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** What no number can count is as long as one can. */
function milliseconds(seconds: number | undefined): bigint | undefined {
  const wait = Math.ceil((seconds ?? Number.NaN) * 1000);
  return wait >= 0 ? BigInt(Math.min(wait, Number.MAX_SAFE_INTEGER)) : undefined;
}
