/** What many processes do to one store at once. */

import assert from "node:assert/strict";
import type { Store } from "tuf-verifier";

/** Updates of each process. */
export const ROUNDS = 10;

/** Updates again and again, with the lock and without it. */
export async function updateAgain(store: Store): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    await updateUnderTheLock(store);
    // As the metadata of delegated roles: at any time, by anyone.
    const seen = await version(store, "delegated.json");
    await store.persist("delegated.json", metadata(seen + 1));
  }
}

/** The version of a whole file; 0 where it is not there. */
export async function version(store: Store, name: string): Promise<number> {
  const bytes = await store.load(name);
  if (bytes === undefined) {
    return 0;
  }
  const version = Number.parseInt(new TextDecoder().decode(bytes.subarray(0, 20)), 10);
  assert.ok(Buffer.from(metadata(version)).equals(bytes), "a torn file");
  return version;
}

/** Metadata of a version: its number on each of many lines, so that a torn file shows. */
function metadata(version: number): Uint8Array {
  return new TextEncoder().encode(`${version}\n`.repeat(20_000));
}

/** What a refresh does to the files: it reads all, and writes newer ones. */
async function updateUnderTheLock(store: Store): Promise<void> {
  const guard = await store.lock(() => undefined);
  const before = await version(store, "timestamp.json");
  assert.equal(await version(store, "snapshot.json"), before, "somebody else is in the critical section");
  const history = `root_history/${before + 1}.root.json`;
  assert.equal(await store.load(history), undefined);
  await store.persist(history, metadata(before + 1));
  await store.forget("targets.json");
  for (const name of ["timestamp.json", "snapshot.json", "targets.json"]) {
    await store.persist(name, metadata(before + 1));
  }
  await guard.release();
}
