// One visit to a mirror: the metadata is refreshed, a target searched and read. The verdict is the package's.

import { isVerdict, MemoryStore, Updater } from "./package/dist/browser.js";
import { readChain } from "./chain.js";

/**
 * What came of a visit.
 *
 * @typedef {object} Outcome
 * @property {"verified" | "not-found" | "refused" | "no-verdict"} kind
 * @property {string} path the target that was asked for.
 * @property {import("./mirrors.js").Mirror} mirror
 * @property {readonly import("./chain.js").Link[]} before what the store had.
 * @property {readonly import("./chain.js").Link[]} after what it has.
 * @property {readonly object[]} progress what was asked and answered, in order.
 * @property {readonly string[]} searched the delegated roles that were asked, in order.
 * @property {object | undefined} report of the refresh.
 * @property {object | undefined} target that was found.
 * @property {object | undefined} reason why none was found.
 * @property {Error | undefined} error
 */

/**
 * Asks a mirror for a target.
 *
 * @param {{ mirror: import("./mirrors.js").Mirror, path: string, store: object, trustedRoot: Uint8Array }} request
 * @returns {Promise<Outcome>}
 */
export async function visit({ mirror, path, store, trustedRoot }) {
  const [progress, searched] = [[], []];
  const base = new URL(`mirror/${mirror.name}/`, document.baseURI).href;
  const updater = new Updater({
    trustedRoot,
    metadataBaseUrl: `${base}metadata/`,
    targetBaseUrl: `${base}targets/`,
    store: watched(store, (role) => updater.report !== undefined && searched.push(role)),
    onProgress: (event) => progress.push(event),
    http: { retries: 0 },
  });
  const before = await readChain(store);
  const result = await attempt(updater, path);
  const after = await readChain(store);
  return { mirror, path, before, after, progress, searched, report: updater.report, ...result };
}

/** A copy of a store, in memory: what happens to it happens to nobody else. */
export async function copied(store) {
  const copy = new MemoryStore();
  const guard = await store.lock(() => undefined);
  try {
    for (const name of await store.names()) {
      const bytes = await store.load(name);
      if (bytes !== undefined) {
        await copy.persist(name, bytes);
      }
    }
  } finally {
    await guard.release();
  }
  return copy;
}

async function attempt(updater, path) {
  let target;
  try {
    const lookup = await updater.search(path);
    if (lookup.tag === "not-found") {
      return { kind: "not-found", reason: lookup.val };
    }
    target = lookup.val;
    await updater.readTarget(target);
    return { kind: "verified", target };
  } catch (error) {
    return { kind: isVerdict(error) ? "refused" : "no-verdict", target, error };
  }
}

/** The store, telling which role's file it is asked for: a search asks for each role that it comes to. */
function watched(store, asked) {
  return {
    lock: (waiting, signal) => store.lock(waiting, signal),
    persist: (name, bytes) => store.persist(name, bytes),
    forget: (name) => store.forget(name),
    load(name) {
      if (!name.includes("/") && name.endsWith(".json")) {
        asked(decodeURIComponent(name.slice(0, -".json".length)));
      }
      return store.load(name);
    },
  };
}
