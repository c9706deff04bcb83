/** The client of one repository in the module, without I/O: actions go out, answers come in. */

import type { Action, AtHand, RawClient, Response } from "./binding.js";
import type { Instance } from "./instance.js";

/** A client in an instance of its own. Its methods throw a `SandboxError` where the module broke off. */
export class Client {
  readonly #instance: Instance;
  readonly #raw: RawClient;

  constructor(instance: Instance, raw: RawClient) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /** Whether the module broke off: the client is not used again. */
  get isBroken(): boolean {
    return this.#instance.isBroken;
  }

  /** What is to be done next. */
  poll(): Action {
    return this.#instance.call(() => this.#raw.poll(now()));
  }

  /** Answers a request. @throws {Misuse} where it is not outstanding, or cannot be answered so. */
  answer(request: bigint, response: Response): void {
    this.#instance.call(() => this.#raw.answer(request, response, now()));
  }

  /** Begins the search for a target (5.6.7), and gives its number. @throws {Misuse} for a path that could leave the base URL. */
  find(path: string): bigint {
    this.#instance.beginOperation();
    return this.#instance.call(() => this.#raw.find(path));
  }

  /** Begins to receive the target that a search found (5.7), behind what is at hand, and gives the number of the transfer. */
  receive(search: bigint, atHand: AtHand): bigint {
    this.#instance.beginOperation();
    return this.#instance.call(() => this.#raw.receive(search, atHand, now()));
  }

  /** Gives a transfer up: nothing more is asked or said of it. */
  abandon(transfer: bigint): void {
    this.#instance.call(() => this.#raw.abandon(transfer));
  }

  /** Judges a length and digests as those of the target that a search found (5.7). @throws {Refusal} the verdict. */
  check(search: bigint, atHand: AtHand): void {
    this.#instance.beginOperation();
    this.#instance.call(() => this.#raw.check(search, atHand));
  }

  /** Drops the target that a search found. */
  dropTarget(search: bigint): void {
    this.#instance.call(() => this.#raw.dropTarget(search));
  }
}

/** Milliseconds of a clock that never goes back. */
function now(): bigint {
  return BigInt(Math.floor(performance.now()));
}
