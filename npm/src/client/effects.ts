/** Answers the requests of an update cycle until it has an outcome. */

import { ClientError, fromFailure, SandboxError } from "../errors.js";
import type { NotFoundReason, Report, Request, Target } from "../records.js";
import type { UpdateCycle } from "../session.js";
import type { Access } from "../settings.js";
import type { Store } from "../store/store.js";
import { concernsOneMirror, moreTelling } from "./blame.js";
import { type Mirror, Mirrors } from "./mirrors.js";
import type { Progress } from "./progress.js";

/** What a series of requests ends with. */
export type Outcome =
  | { readonly tag: "ready"; readonly val: Report }
  | { readonly tag: "found"; readonly val: Target }
  | { readonly tag: "not-found"; readonly val: NotFoundReason };

/** Reads a file of the store. */
export type Load = (name: string) => Promise<Uint8Array | undefined>;

/** Everything outside of the module. */
export class Effects {
  readonly store: Store;
  readonly progress: (progress: Progress) => void;
  readonly #load: Load = (name) => this.store.load(name);
  #mirrors: Mirrors;

  constructor(mirrors: Mirrors, store: Store, progress: (progress: Progress) => void) {
    this.#mirrors = mirrors;
    this.store = store;
    this.progress = progress;
  }

  /** The mirrors: none for whoever is offline. */
  get mirrors(): Mirrors {
    return this.#mirrors;
  }

  /** Where metadata may come from, of what was asked for. Who is offline has no source left that could be used. */
  access(asked: Access): Access {
    if (asked === "store") {
      this.#mirrors = new Mirrors([]);
      return asked;
    }
    if (this.#mirrors.areNone) {
      return "store";
    }
    return asked === "repository" && this.#mirrors.areBundles ? "bundle" : asked;
  }

  /** Answers every request up to the next outcome, and those for files of the store by `load`, where it is given. */
  async drive(cycle: UpdateCycle, signal: AbortSignal | undefined, load = this.#load): Promise<Outcome> {
    for (;;) {
      signal?.throwIfAborted();
      const request = cycle.next();
      switch (request.tag) {
        case "ready":
        case "found":
        case "not-found":
          return request;
        case "search-failed":
          throw fromFailure(request.val);
        default:
          await this.#answer(cycle, request, signal, load);
      }
    }
  }

  async #answer(cycle: UpdateCycle, request: Request, signal: AbortSignal | undefined, load: Load): Promise<void> {
    switch (request.tag) {
      case "load":
        return cycle.offer(await load(request.val));
      case "fetch":
        return this.#fetch(cycle, request.val.name, maximum(request.val.maxLength), signal);
      case "persist":
        return this.store.persist(request.val.name, request.val.bytes);
      case "forget":
        return this.store.forget(request.val);
    }
  }

  /**
   * Answers a request for metadata. A refused answer leaves the cycle as it was, so that the next mirror's can be offered. That
   * there is no such file is offered once every mirror was asked: what one withholds, another has.
   */
  async #fetch(cycle: UpdateCycle, name: string, maxLength: number, signal: AbortSignal | undefined): Promise<void> {
    if (this.#mirrors.areNone) {
      throw new ClientError(`${name} is not fetched: the client is offline`, "offline", name);
    }
    const absent: Mirror[] = [];
    let worst: unknown;
    for (const mirror of this.#mirrors.inOrder()) {
      try {
        if (await this.#offerFrom(mirror, cycle, name, maxLength, signal)) {
          this.#mirrors.depend();
          absent.forEach((behind) => this.#mirrors.askLast(behind));
          return;
        }
        absent.push(mirror);
      } catch (error) {
        worst = moreTelling(worst, this.failed(mirror, name, error));
      }
    }
    if (worst !== undefined && absent.length === 0) {
      throw worst;
    }
    try {
      cycle.offer(undefined);
    } catch (error) {
      throw moreTelling(worst, error);
    }
  }

  /** Offers what one mirror has; `false` where it has no such file. */
  async #offerFrom(
    mirror: Mirror,
    cycle: UpdateCycle,
    name: string,
    maxLength: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    this.progress({ tag: "fetching", mirror: mirror.name, name });
    const bytes = await mirror.source.metadata(name, maxLength, signal);
    if (bytes === undefined) {
      this.progress({ tag: "absent", mirror: mirror.name, name });
      return false;
    }
    this.progress({ tag: "fetched", mirror: mirror.name, name, bytes: bytes.length });
    try {
      cycle.offer(bytes);
    } finally {
      if (cycle.isBroken) {
        // What broke the module off came from this mirror: a new instance asks another one first.
        this.#mirrors.depend();
        this.#mirrors.askLast(mirror);
      }
    }
    this.progress({ tag: "verified", mirror: mirror.name, name });
    return true;
  }

  /** Notes what a mirror failed with. An error that concerns more than this mirror is thrown. */
  failed(mirror: Mirror, name: string, error: unknown): unknown {
    if (!concernsOneMirror(error)) {
      throw error;
    }
    this.#mirrors.askLast(mirror);
    this.progress({ tag: "failed", mirror: mirror.name, name, code: error.code, reason: error.message });
    return error;
  }
}

/** The module answered a refresh with a search's outcome, or the other way round. */
export function outOfOrder(): SandboxError {
  return new SandboxError("the verifier broke off: it answered out of order", "sandbox-trapped");
}

/** No source hands out so many bytes that a number could not count them. */
function maximum(maxLength: bigint): number {
  return maxLength < Number.MAX_SAFE_INTEGER ? Number(maxLength) : Number.MAX_SAFE_INTEGER - 1;
}
