/**
 * The verifier without I/O: bytes and the time come in, requests and verdicts go out.
 *
 * @see https://theupdateframework.github.io/specification/latest/#detailed-client-workflow
 */

import type { RawTargetCheck, RawUpdateCycle } from "./binding.js";
import { bytes, text } from "./arguments.js";
import type { Instance } from "./instance.js";
import type { Hash, Request } from "./records.js";

/**
 * One update cycle with the searches that follow it.
 *
 * ```js
 * const cycle = verifier.startUpdate(trustedRoot, new Date());
 * for (;;) {
 *   const request = cycle.next();
 *   if (request.tag === "load") cycle.offer(await store.load(request.val));
 *   else if (request.tag === "fetch") cycle.offer(await fetchAtMost(request.val.name, request.val.maxLength + 1n));
 *   else if (request.tag === "persist") await store.persist(request.val.name, request.val.bytes);
 *   else if (request.tag === "forget") await store.forget(request.val);
 *   else break; // ready, found, not-found or search-failed
 * }
 * ```
 */
export class UpdateCycle {
  readonly #instance: Instance;
  readonly #raw: RawUpdateCycle;

  /** @internal */
  constructor(instance: Instance, raw: RawUpdateCycle) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /** Whether the module broke off: the cycle is not used again. */
  get isBroken(): boolean {
    return this.#instance.isBroken;
  }

  /**
   * What is needed next. Calling it again before `load` and `fetch` are answered repeats the request; after `persist` and
   * `forget` it says that they are done.
   *
   * @throws {SandboxError} where the module broke off.
   */
  next(): Request {
    return this.#instance.call(() => this.#raw.next());
  }

  /**
   * Answers `load` and `fetch`: the bytes, or `undefined` where there is no such file. A network failure is no answer.
   *
   * A refused answer leaves the cycle as it was: bytes of another mirror may be offered.
   *
   * @throws {Refusal | Unsupported | Malformed | Missing} the verdict.
   * @throws {Misuse} without an open request.
   */
  offer(answer: Uint8Array | undefined): void {
    const checked = answer === undefined ? undefined : bytes("answer", answer);
    this.#instance.call(() => this.#raw.offer(checked));
  }

  /**
   * Begins the search for a target (5.6.7). Allowed once `next` has said `ready`, also after an earlier search.
   *
   * @throws {Misuse} before that, and for a path that could leave the base URL.
   */
  find(path: string): void {
    const checked = text("path", path);
    this.#instance.beginOperation();
    this.#instance.call(() => this.#raw.find(checked));
  }

  /**
   * Begins the verification of the bytes of the target that the last search found (5.7).
   *
   * @throws {Misuse} where nothing was found.
   */
  check(): TargetCheck {
    this.#instance.beginOperation();
    return new TargetCheck(
      this.#instance,
      this.#instance.call(() => this.#raw.check()),
    );
  }
}

/** Verifies the bytes of one target. A refused check stays refused. */
export class TargetCheck {
  readonly #instance: Instance;
  readonly #raw: RawTargetCheck;

  /** @internal */
  constructor(instance: Instance, raw: RawTargetCheck) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /**
   * Takes the next bytes.
   *
   * @throws {Refusal} as soon as they are longer than listed.
   */
  write(chunk: Uint8Array): void {
    const checked = bytes("chunk", chunk);
    this.#instance.call(() => this.#raw.write(checked));
  }

  /**
   * Compares the length and every listed hash of a supported algorithm, of all bytes written.
   *
   * @throws {Refusal} where these are not the target's bytes.
   */
  finish(): void {
    this.#instance.call(() => this.#raw.finish());
  }

  /**
   * Compares a length and digests that the caller computed. Each listed hash of a supported algorithm must be there.
   *
   * @throws {Refusal} where these are not the target's.
   * @throws {Misuse} where one is not given.
   */
  checkDigests(length: bigint, hashes: readonly Hash[]): void {
    this.#instance.call(() => this.#raw.checkDigests(length, [...hashes]));
  }
}
