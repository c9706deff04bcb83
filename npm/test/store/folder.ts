/** Stores in temporary folders, and what is in them. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { TestContext } from "node:test";
import type { Guard, Store } from "tuf-verifier";

/** A folder that is deleted at the end of the test. */
export async function temporary(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "tuf-store-"));
  context.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Locks a store that nobody else holds. */
export function lock(store: Store): Promise<Guard> {
  return store.lock(() => assert.fail("somebody holds the lock"));
}

/** Every file below the folder, by its relative path. */
export async function files(folder: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  const paths = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.path, entry.name));
  const found = await Promise.all(paths.map(async (path) => [relative(folder, path), await readFile(path)] as const));
  return new Map(found.sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** The bytes of a text. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A file of a store as text; `undefined` where it is not there. */
export async function loaded(store: Store, name: string): Promise<string | undefined> {
  const found = await store.load(name);
  return found && new TextDecoder().decode(found);
}

