/** Whose fault an error is, where several mirrors are asked. */

import { ClientError, isVerdict, Missing, SourceError, VerifierError } from "../errors.js";

/** Whether another mirror can do better. */
export function concernsOneMirror(error: unknown): error is VerifierError {
  return (
    isVerdict(error) ||
    error instanceof SourceError ||
    (error instanceof ClientError && error.code === "missing-target")
  );
}

/**
 * The error that says more of two: what was refused, then what kept a mirror from answering, then what is missing. The first
 * where they say as much.
 */
export function moreTelling<T>(first: T | undefined, second: T): T {
  return first !== undefined && weight(first) >= weight(second) ? first : second;
}

function weight(error: unknown): number {
  if (error instanceof Missing || (error instanceof ClientError && error.code === "missing-target")) {
    return 0;
  }
  return error instanceof SourceError ? 1 : 2;
}
