/** One instance of the module: its calls, and what becomes of it when it breaks off. */

import type { Workflow } from "./binding.js";
import { fromFailure, SandboxError } from "./errors.js";
import { unusable } from "./module.js";
import type { Failure } from "./records.js";

/** Milliseconds that one refresh, one search or one check may compute. A net, far from any honest repository. */
const COMPUTATION = 60_000;

/**
 * An instance has its own memory, and serves one client, one map or one hasher. Who broke off is not used again.
 *
 * An engine cannot stop a call, so the limit of time is kept between calls: one call is as long as the file that it takes, of
 * which the module bounds the length and the number of signatures.
 */
export class Instance {
  readonly workflow: Workflow;
  readonly #limit: number;
  #computed = 0;
  #broken: SandboxError | undefined;

  constructor(instantiate: () => Workflow, computation = COMPUTATION) {
    if (typeof computation !== "number" || !(computation >= 0)) {
      throw new RangeError("computation is a number of milliseconds");
    }
    this.#limit = computation;
    try {
      this.workflow = instantiate();
    } catch (cause) {
      throw unusable(words(cause), cause);
    }
  }

  /** Whether the instance broke off. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /** A search or a check begins: it has all the time of the limit. */
  beginOperation(): void {
    this.#computed = 0;
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
    const begun = performance.now();
    try {
      const result = inner();
      this.#spend(begun);
      return result;
    } catch (thrown) {
      if (isFailure(thrown)) {
        this.#spend(begun);
        throw fromFailure(thrown);
      }
      if (thrown === this.#broken) {
        throw thrown;
      }
      this.#broken = new SandboxError(`the verifier broke off: ${words(thrown)}`, "sandbox-trapped", { cause: thrown });
      throw this.#broken;
    }
  }

  /** Counts the time of a call. One that ends past the limit is the last, whatever it came to. */
  #spend(begun: number): void {
    this.#computed += performance.now() - begun;
    if (this.#computed > this.#limit) {
      const message = `the verifier computed for longer than ${this.#limit} milliseconds, the limit \`computation\``;
      this.#broken = new SandboxError(message, "sandbox-out-of-time");
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
