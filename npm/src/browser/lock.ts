/** The lock of a trusted store among the tabs and workers of one origin. */

import { StoreError } from "../errors.js";
import type { Guard } from "../store/store.js";

/** What keeps tabs from refreshing at once. */
export type LockKind = "web-locks" | "none";

/**
 * Takes the lock of this name. One that somebody else holds is waited for, in the order of arrival, for as many milliseconds as
 * `patience` says; `waiting` is called once. The lock ends with its tab, however that ends.
 *
 * @throws {StoreError} `store-busy`, or `store-unusable` where there are no Web Locks.
 * @throws the signal's reason, once it is aborted.
 */
export async function lock(
  kind: LockKind,
  name: string,
  patience: number,
  waiting: () => void,
  signal: AbortSignal | undefined,
): Promise<Guard> {
  signal?.throwIfAborted();
  if (kind === "none") {
    return { release: async () => undefined };
  }
  const locks = manager(name);
  const free = await held(locks, name, { ifAvailable: true });
  if (free !== undefined) {
    return free;
  }
  waiting();
  signal?.throwIfAborted();
  return waited(locks, name, patience, signal);
}

function manager(name: string): LockManager {
  const locks: LockManager | undefined = globalThis.navigator?.locks;
  if (locks === undefined) {
    const message = `cannot lock the trusted store ${name}: there are no Web Locks here`;
    const advice = "serve the page over HTTPS, or see to it that one tab at a time refreshes, and choose the lock `none`";
    throw new StoreError(message, "store-unusable", name, { advice });
  }
  return locks;
}

async function waited(
  locks: LockManager,
  name: string,
  patience: number,
  signal: AbortSignal | undefined,
): Promise<Guard> {
  const given = new AbortController();
  const giveUp = (): void => given.abort(signal?.reason);
  const busy = new StoreError(
    `the trusted store is in use: ${name} was locked for ${patience / 1000} seconds`,
    "store-busy",
    name,
    { advice: "wait for the other tab to end its update, or close it, then try again" },
  );
  const timer = setTimeout(() => given.abort(busy), patience);
  signal?.addEventListener("abort", giveUp);
  try {
    const guard = await held(locks, name, { signal: given.signal });
    return guard ?? Promise.reject(busy);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

/** The lock, held until it is released; `undefined` where it is not to be had at once, and nothing else was wanted. */
function held(locks: LockManager, name: string, options: LockOptions): Promise<Guard | undefined> {
  return new Promise((fulfil, reject) => {
    const end = locks.request(name, options, (lock) => {
      if (lock === null) {
        return fulfil(undefined);
      }
      return new Promise<void>((release) => fulfil({ release: () => ended(release, end) }));
    });
    end.catch((cause: unknown) => reject(unusable(name, options, cause)));
  });
}

/** Releases the lock, and waits until others can have it. */
async function ended(release: () => void, end: Promise<unknown>): Promise<void> {
  release();
  await end.catch(() => undefined);
}

/** Whoever gave up waiting said why. Everything else is the browser's. */
function unusable(name: string, options: LockOptions, cause: unknown): unknown {
  if (options.signal?.aborted === true) {
    return options.signal.reason;
  }
  const words = cause instanceof Error ? cause.message : "the browser does not say why";
  return new StoreError(`cannot lock the trusted store ${name}: ${words}`, "store-unusable", name, { cause });
}
