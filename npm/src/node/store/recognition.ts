/**
 * What makes a folder a trusted store.
 *
 * A store replaces files such as `root.json` and deletes unfinished ones. So a folder that holds anything else is refused: somebody's
 * project, a published repository, a folder of pinned roots beside other files.
 *
 * | the folder | is |
 * |---|---|
 * | is empty, but for what systems leave in every folder | taken: it becomes a store |
 * | has `.lock` and `root_history/` or `floors/` | a store that this package or the native host has kept |
 * | has `.lock`, and nothing but names of a store | a store that was locked and not yet filled |
 * | has `root.json` or `root_history/`, and nothing but metadata under names of a store | taken over from another client |
 * | else | refused |
 *
 * Published metadata has versions before its names (`2.root.json`), which no store has. Clients of sigstore keep a folder `targets` in
 * their stores.
 */

import { lstat, open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseStoreName, storeFolders } from "../../store/name.js";
import { foreignFolder, unusable } from "./failure.js";
import { LOCK } from "./lock.js";
import { UNFINISHED } from "./write.js";

/** What systems leave in folders of everybody. */
const OF_SYSTEMS: readonly string[] = [".DS_Store", "Thumbs.db", "desktop.ini", "lost+found"];

/** The metadata of top-level roles. A client that died may have left any of them damaged. */
const TOP_LEVEL: readonly string[] = ["root.json", "timestamp.json", "snapshot.json", "targets.json"];

/** Bytes of a file that are looked at: both members of metadata have names that begin with `sign`. */
const LOOKED_AT = 4096;

/**
 * Refuses a folder that is not empty and is no store. Changes nothing: the first lock marks a store.
 *
 * @throws {StoreError} `store-foreign-folder`; `store-unusable` where the folder cannot be listed.
 */
export async function checkStore(folder: string): Promise<void> {
  await refuseLinks(folder);
  const has = (name: string): Promise<boolean> => lstat(join(folder, name)).then(() => true, () => false);
  const [hasLock, hasHistory] = [await has(LOCK), await has("root_history")];
  if (hasLock && (hasHistory || (await has("floors")))) {
    return;
  }
  const names = await readdir(folder).catch((error: unknown) => {
    throw unusable(folder, error);
  });
  const telling = names.filter((name) => name !== LOCK && !name.startsWith(UNFINISHED) && !OF_SYSTEMS.includes(name)).sort();
  for (const name of telling) {
    if (!(await isOfAStore(folder, name))) {
      throw foreignFolder(folder, `no store has ${JSON.stringify(name)}`);
    }
    if (!hasLock && !(await isMetadata(folder, name))) {
      throw foreignFolder(folder, `${JSON.stringify(name)} is no metadata`);
    }
  }
  if (telling.length > 0 && !hasLock && !hasHistory && !telling.includes("root.json")) {
    throw foreignFolder(folder, "it has neither root.json nor root_history");
  }
}

/**
 * Refuses a store one of whose folders is a symbolic link. Who shares the store would have files written, replaced and deleted
 * elsewhere.
 *
 * @throws {StoreError} `store-foreign-folder`.
 */
export async function refuseLinks(folder: string): Promise<void> {
  for (const name of storeFolders) {
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isSymbolicLink() === true) {
      throw foreignFolder(folder, `${JSON.stringify(name)} is a symbolic link`);
    }
  }
}

async function isOfAStore(folder: string, name: string): Promise<boolean> {
  if (storeFolders.some((known) => known === name) || name === "targets") {
    return (await stat(join(folder, name)).catch(() => undefined))?.isDirectory() === true;
  }
  return /^%sha256-.*\.json$/s.test(name) || (isStoreName(name) && !/^\d+\./.test(name));
}

function isStoreName(name: string): boolean {
  try {
    parseStoreName(name);
    return true;
  } catch {
    return false;
  }
}

/** Whether a file begins as metadata does, or is that of a top-level role, whatever is in it. */
async function isMetadata(folder: string, name: string): Promise<boolean> {
  if (!name.endsWith(".json") || TOP_LEVEL.includes(name)) {
    return true;
  }
  // A look before it is opened: opening a pipe would wait for its writer.
  const found = await stat(join(folder, name)).catch(() => undefined);
  const file = found?.isFile() !== true ? undefined : await open(join(folder, name), "r").catch(() => undefined);
  if (file === undefined) {
    return false;
  }
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
    return /^\s*(?:$|\{\s*"sign)/.test(buffer.subarray(0, bytesRead).toString("latin1"));
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
