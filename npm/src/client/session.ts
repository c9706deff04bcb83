/** A refreshed client: every search and every check is under the metadata of one snapshot. */

import type { AtHand } from "../binding.js";
import { ClientError, SandboxError } from "../errors.js";
import type { NotFound, Report, Target } from "../records.js";
import type { Retry, Source } from "../source/source.js";
import type { Verifier } from "../verifier.js";
import { Gate } from "./gate.js";
import type { Loop, Searched } from "./loop.js";
import { mirrorsOf, type Outside } from "./outside.js";
import { Reception, type Received } from "./reception.js";
import { askedLast, type Beginning, refresh, type Refreshed, resume } from "./refresh.js";

/** What a search found. */
export type Found =
  | { readonly tag: "found"; readonly val: Target }
  | { readonly tag: "not-found"; readonly val: NotFound };

/** A target as a client knows it: the number of the search that found it, for as long as what was found is not dropped. */
interface Handle {
  readonly loop: Loop;
  readonly search: bigint;
  readonly found: Target;
}

/**
 * Searches and transfers under one refresh, which run side by side.
 *
 * Where one of them breaks the module off, the session goes on in a new instance: whoever signs for some paths must not keep the
 * others from being found. If several were under way, nobody can tell which of them it was, and each is tried again: a search
 * alone, and a transfer until no search is under way with it.
 */
export class Session {
  readonly #beginning: Beginning;
  readonly #outside: Outside;
  readonly #gate = new Gate();
  readonly #renewals = new Gate();
  readonly #handles = new WeakMap<Target, Handle>();
  readonly #dropped = new FinalizationRegistry<Omit<Handle, "found">>(({ loop, search }) => loop.drop(search));
  #refreshed: Refreshed | undefined;

  private constructor(beginning: Beginning, outside: Outside, refreshed?: Refreshed) {
    this.#beginning = beginning;
    this.#outside = outside;
    this.#refreshed = refreshed;
  }

  /** Refreshes under the lock of the store. `begin` is called once it is held. */
  static begin(
    begin: () => Promise<Beginning>,
    outside: Outside,
    signal: AbortSignal | undefined,
  ): Promise<Session> {
    return locked(outside, signal, async () => {
      const beginning = await begin();
      return new Session(beginning, outside, await refresh(beginning, outside, signal));
    });
  }

  /** What the refresh established. */
  get report(): Report | undefined {
    return this.#refreshed?.report;
  }

  /** The module in which it runs. */
  get verifier(): Verifier {
    return this.#beginning.verifier;
  }

  /** The same snapshot, with target files from elsewhere, whatever the access to metadata. */
  withTargetsFrom(source: Source): Session {
    const [first] = this.#outside.mirrors;
    const mixed: Source = {
      location: source.location,
      isBundle: first?.source.isBundle === true,
      retry: moreOften(first?.source.retry, source.retry),
      metadata: (name, ...rest) => (first === undefined ? offline(name) : first.source.metadata(name, ...rest)),
      target: (...asked) => source.target(...asked),
    };
    const settings = { ...this.#beginning.settings, access: "repository" } as const;
    return new Session({ ...this.#beginning, settings }, { ...this.#outside, mirrors: mirrorsOf([mixed]) });
  }

  /**
   * Searches a target by its path (5.6.7). Fetches the metadata of delegated roles where it must.
   *
   * It is stored without the lock: each version is the one that the trusted snapshot lists, so that a late write by another
   * process can cost a fetch, and no trust.
   */
  async search(path: string, signal: AbortSignal | undefined): Promise<Found> {
    let loop: Loop | undefined;
    const search = async (): Promise<Found> => {
      loop = await this.#loop(signal);
      return this.#noted(loop, await loop.search(path, signal));
    };
    return this.#gate.beside(search).catch((error: unknown) => {
      if (isPerhapsOfAnother(error, loop)) {
        return this.#gate.alone(search);
      }
      throw error;
    });
  }

  /** Looks whether the target is one of this session. @throws {ClientError} `foreign-target`. */
  async know(target: Target, signal: AbortSignal | undefined): Promise<void> {
    await this.#handle(target, signal);
  }

  /** Judges a length and digests as those of a target (5.7). @throws {Refusal} the verdict. */
  async check(target: Target, atHand: AtHand, signal: AbortSignal | undefined): Promise<void> {
    const { loop, search } = await this.#handle(target, signal);
    loop.check(search, atHand);
  }

  /** Receives what is left of a target's bytes, and has the whole judged (5.7). */
  async receive(received: Received, signal: AbortSignal | undefined): Promise<void> {
    for (let isFirst = true; ; isFirst = false) {
      const { loop, search } = await this.#handle(received.target, signal);
      try {
        return await loop.receive(search, new Reception(received, this.#outside.progress), signal);
      } catch (error) {
        // Transfers that break it off one after the other would never end. A search does it twice at most.
        if (!isPerhapsOfAnother(error, loop) || !(isFirst || loop.brokeDuringSearch)) {
          throw error;
        }
      }
    }
  }

  async #handle(target: Target, signal: AbortSignal | undefined): Promise<Handle> {
    const loop = await this.#loop(signal);
    const known = this.#handles.get(target);
    if (known?.loop === loop) {
      return known;
    }
    const found = await this.search(target.path, signal);
    const handle = found.tag === "found" && isSame(found.val, target) ? this.#handles.get(found.val) : undefined;
    if (handle === undefined) {
      const message = `the target ${target.path} was found by another session, the metadata of this one differs`;
      throw new ClientError(message, "foreign-target", target.path);
    }
    this.#handles.set(target, handle);
    return handle;
  }

  #noted(loop: Loop, searched: Searched): Found {
    if (searched.tag === "not-found") {
      return searched;
    }
    const { search, val } = searched;
    this.#handles.set(val, { loop, search, found: val });
    this.#dropped.register(val, { loop, search });
    return { tag: "found", val };
  }

  /** The client of this session, or a new one where that is over. */
  async #loop(signal: AbortSignal | undefined): Promise<Loop> {
    signal?.throwIfAborted();
    const current = this.#refreshed?.loop;
    return current === undefined || current.isOver ? this.#renewals.alone(() => this.#renewed(signal)) : current;
  }

  async #renewed(signal: AbortSignal | undefined): Promise<Loop> {
    const last = this.#refreshed;
    if (last?.loop.isOver === false) {
      return last.loop;
    }
    const mirrors = askedLast(last?.loop.brokenBy, last?.loop.mirrors ?? this.#outside.mirrors);
    const outside = { ...this.#outside, mirrors };
    const next = await locked(outside, signal, () => resume(this.#beginning, outside, signal));
    this.#refreshed = last === undefined ? next : { ...next, report: goneOn(last.report, next.report) };
    return next.loop;
  }
}

/** Whether it was perhaps another operation that broke the module off. */
function isPerhapsOfAnother(error: unknown, loop: Loop | undefined): boolean {
  return error instanceof SandboxError && loop?.brokeAmongSeveral === true;
}

/** Another process may have refreshed the store since. What a session asked for, it has asked for. */
function goneOn({ now, notices, waived, timestampUnchanged }: Report, next: Report): Report {
  return { ...next, now, notices, waived, timestampUnchanged };
}

/** Runs a task under the lock of the store. */
async function locked<T>({ store, progress }: Outside, signal: AbortSignal | undefined, task: () => Promise<T>): Promise<T> {
  const guard = await store.lock(() => progress({ tag: "waiting-for-lock" }), signal);
  try {
    return await task();
  } finally {
    await guard.release();
  }
}

function offline(name: string): never {
  throw new ClientError(`${name} is not fetched: the client is offline`, "offline", name);
}

function isSame(one: Target, other: Target): boolean {
  return (
    one.path === other.path &&
    one.length === other.length &&
    one.role === other.role &&
    one.fetchPath === other.fetchPath &&
    one.custom === other.custom &&
    one.hashes.length === other.hashes.length &&
    one.hashes.every((hash, index) => {
      const listed = other.hashes[index];
      return listed?.algorithm === hash.algorithm && listed.digest === hash.digest;
    })
  );
}

/** The rule of two with which more is tried. */
function moreOften(one: Retry | undefined, other: Retry | undefined): Retry | undefined {
  return (one?.count ?? 0) > (other?.count ?? 0) ? one : other;
}
