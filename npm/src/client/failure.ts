/** What the module says that a client failed with, as an error of this package. */

import type { ClientErrorRecord } from "../binding.js";
import type { SourceCode, StoreCode } from "../codes.js";
import { ClientError, fromFailure, isVerdict, SourceError, StoreError } from "../errors.js";

/** The error of a record. What a source or a store failed with is among `own`, by the number of the request. */
export function typed({ code, message, advice, cause }: ClientErrorRecord, own: ReadonlyMap<bigint, unknown>): unknown {
  switch (cause.tag) {
    case "verdict":
      return fromFailure({ code, message, advice, cause: cause.val });
    case "transport":
      return own.get(cause.val) ?? new SourceError(message, code as SourceCode, { advice });
    case "store":
      return own.get(cause.val) ?? new StoreError(message, code as StoreCode, "", { advice });
    case "missing-target":
      return new ClientError(message, "missing-target", cause.val.path, { advice });
    case "offline":
      return new ClientError(message, "offline", cause.val, { advice });
  }
}

/** Whether an error is what mirrors sent, or that they sent nothing. */
export function isOfMirrors(error: unknown): boolean {
  return isVerdict(error) || error instanceof SourceError;
}
