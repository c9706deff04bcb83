/** Who waits for what the module brings to an end. */

import type { Outcome } from "../binding.js";

/** What comes to an end: the refresh, or a search or a transfer by its number. */
export type Operation = "refresh" | `search ${bigint}` | `transfer ${bigint}`;

interface Waiting {
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
}

/** Hands outcomes to those who wait for them. */
export class Outcomes {
  readonly #waiting = new Map<Operation, Waiting>();

  /** How many wait. */
  get count(): number {
    return this.#waiting.size;
  }

  /** Waits for the end of an operation. @throws the signal's reason, once it is aborted. */
  async of(operation: Operation, signal?: AbortSignal): Promise<Outcome> {
    signal?.throwIfAborted();
    let giveUp: (() => void) | undefined;
    try {
      return await new Promise<Outcome>((resolve, reject) => {
        giveUp = () => reject(signal?.reason);
        signal?.addEventListener("abort", giveUp, { once: true });
        this.#waiting.set(operation, { resolve, reject });
      });
    } finally {
      this.#waiting.delete(operation);
      if (giveUp !== undefined) {
        signal?.removeEventListener("abort", giveUp);
      }
    }
  }

  /** Hands an outcome out. `false` where nobody waits for it any more. */
  deliver(operation: Operation, outcome: Outcome): boolean {
    const waiting = this.#waiting.get(operation);
    waiting?.resolve(outcome);
    return waiting !== undefined;
  }

  /** Ends the waiting for one operation with an error. */
  fail(operation: Operation, error: unknown): void {
    this.#waiting.get(operation)?.reject(error);
  }

  /** Ends the waiting for everything that `concerns` selects. */
  failAll(error: unknown, concerns: (operation: Operation) => boolean = () => true): void {
    for (const [operation, { reject }] of this.#waiting) {
      if (concerns(operation)) {
        reject(error);
      }
    }
  }
}

/** What came to its end. */
export function operationOf(outcome: Outcome): Operation {
  switch (outcome.tag) {
    case "refreshed":
    case "refresh-failed":
      return "refresh";
    case "found":
    case "not-found":
    case "search-failed":
      return `search ${outcome.val.search}`;
    case "verified":
      return `transfer ${outcome.val}`;
    case "transfer-failed":
      return `transfer ${outcome.val.transfer}`;
  }
}
