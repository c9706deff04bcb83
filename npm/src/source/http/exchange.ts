/** One request and its answer, within limits of time. */

import type { SourceError } from "../../errors.js";
import type { Clock } from "./clock.js";

/** Ends a request and its answer together: when the caller aborts, when a time limit passes, or when nobody reads any more. */
export class Exchange {
  readonly #clock: Clock;
  readonly #caller: AbortSignal | undefined;
  readonly #controller = new AbortController();
  /** Ends the wait that is going on. */
  #interrupt: () => void = () => undefined;

  constructor(clock: Clock, caller: AbortSignal | undefined) {
    this.#clock = clock;
    this.#caller = caller;
    caller?.throwIfAborted();
    caller?.addEventListener("abort", this.#abort, { once: true });
  }

  /** For the transport. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /**
   * Waits for a part of the answer, for this many milliseconds.
   *
   * @throws the caller's reason, where it has aborted; what `late` makes, after that time; what `failed` makes of its error.
   */
  async wait<T>(
    part: Promise<T>,
    milliseconds: number,
    late: () => SourceError,
    failed: (error: unknown) => SourceError,
  ): Promise<T> {
    let isLate = false;
    const cancel = this.#clock.after(milliseconds, () => {
      isLate = true;
      this.#abort();
    });
    try {
      return await new Promise<T>((resolve, reject) => {
        this.#interrupt = () => reject(new Error("the exchange was ended"));
        if (this.#controller.signal.aborted) {
          this.#interrupt();
        }
        part.then(resolve, reject);
      });
    } catch (error) {
      this.#caller?.throwIfAborted();
      throw isLate ? late() : failed(error);
    } finally {
      cancel();
    }
  }

  /** Ends the exchange: a connection that still receives is closed. One that has received the whole answer is used again. */
  end(): void {
    this.#caller?.removeEventListener("abort", this.#abort);
    this.#controller.abort();
  }

  /** Does not rely on `fetch`, which may be the caller's own, to obey the signal. */
  readonly #abort = (): void => {
    this.#controller.abort();
    this.#interrupt();
  };
}
