/** One instance of the module: its calls, and what becomes of it when it breaks off. */

import type { Workflow } from "./binding.js";
import { fromFailure, SandboxError } from "./errors.js";
import { unusable } from "./module.js";
import type { Failure } from "./records.js";

/** An instance has its own memory, and serves one update cycle or one map. Who broke off is not used again. */
export class Instance {
  readonly workflow: Workflow;
  #broken: SandboxError | undefined;

  constructor(instantiate: () => Workflow) {
    try {
      this.workflow = instantiate();
    } catch (cause) {
      throw unusable(words(cause), cause);
    }
  }

  /**
   * Calls the instance.
   *
   * @throws {Refusal | Unsupported | Malformed | Missing | Misuse} what the call failed with.
   * @throws {SandboxError} where the instance broke off, now or before.
   */
  call<T>(inner: () => T): T {
    if (this.#broken !== undefined) {
      throw this.#broken;
    }
    try {
      return inner();
    } catch (thrown) {
      if (isFailure(thrown)) {
        throw fromFailure(thrown);
      }
      this.#broken = new SandboxError(`the verifier broke off: ${words(thrown)}`, "sandbox-trapped", { cause: thrown });
      throw this.#broken;
    }
  }
}

/** The calling code throws the record itself. Whatever the engine or it throws of its own is an `Error`. */
function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === "object" && thrown !== null && !(thrown instanceof Error) && "code" in thrown && "cause" in thrown;
}

function words(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
