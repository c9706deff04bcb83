/** Errors that a test expects. */

import assert from "node:assert/strict";
import { type Code, VerifierError } from "tuf-verifier";

/** Awaits an error of this class and code, and gives it back. */
export async function fails<T extends VerifierError>(
  promise: Promise<unknown>,
  kind: abstract new (...parts: never[]) => T,
  code: Code,
): Promise<T> {
  const error: unknown = await promise.then(
    () => assert.fail(`it succeeded, ${code} was expected`),
    (thrown: unknown) => thrown,
  );
  return isOf(error, kind, code);
}

/** Calls what throws an error of this class and code, and gives it back. */
export function throws<T extends VerifierError>(
  call: () => unknown,
  kind: abstract new (...parts: never[]) => T,
  code: Code,
): T {
  try {
    call();
  } catch (error) {
    return isOf(error, kind, code);
  }
  return assert.fail(`it succeeded, ${code} was expected`);
}

function isOf<T extends VerifierError>(error: unknown, kind: abstract new (...parts: never[]) => T, code: Code): T {
  assert.ok(error instanceof kind, `another error: ${String(error)}`);
  assert.equal(error.code, code, error.message);
  return error;
}
