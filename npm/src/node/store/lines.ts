/** Trusted stores that are named by a repository's URL: one for each trusted root. */

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LineFiles } from "../../records.js";
import type { Settings } from "../../settings.js";
import type { Verifier } from "../../verifier.js";
import { unusable } from "./failure.js";
import { FolderStore } from "./folder.js";
import { checkStore } from "./recognition.js";

/** Most siblings that a new store looks at. */
const SIBLINGS = 16;

/** Most bytes of one sibling's files, and of all that are compared. */
const [BYTES, ALL_BYTES] = [8 << 20, 32 << 20];

/** Milliseconds that one sibling may compute. All of them together stay below the limit of the comparison. */
const COMPUTATION = 1000;

/** The files of a trusted root. Without both, a store has not begun. */
const MARK: readonly string[] = ["root.json", "floors/root"];

/** What {@link refreshLine} begins with. */
export interface LineOptions {
  readonly verifier: Verifier;
  readonly trustedRoot: Uint8Array;
  readonly settings: Settings;
}

/**
 * Refreshes with the store of the trusted root, which is made if it is not there. `refresh` is called with its folder.
 *
 * Whoever may write a project's configuration chooses both the URL and the trusted root. If the URL alone named the store, one
 * refresh in a hostile project would replace the root and the floors that other projects trust. So each trusted root has a folder
 * `PATH~<16 hexadecimal digits of its SHA-256>`, which is used alone: no other trusted root can write into it.
 *
 * A store that is new begins with copies from its siblings: the other folders of this name, and `PATH`, which earlier versions
 * left. They stay as they are. The verifier says what is copied: newer roots that follow from the trusted root, and the newest
 * timestamp and snapshot metadata that its keys signed. At most 16 siblings are looked at; one that is damaged, or that costs too
 * much, is passed over.
 *
 * @throws as `refresh` does; {@link StoreError} if a folder cannot be listed, read or written; {@link Refusal} `other-root-line`
 *   if two siblings of a new store prove different roots of one version.
 */
export async function refreshLine<T>(
  path: string,
  options: LineOptions,
  refresh: (folder: string) => Promise<T>,
): Promise<T> {
  const digest = createHash("sha256").update(options.trustedRoot).digest("hex").slice(0, 16);
  const own = `${path}~${digest}`;
  if (await isNew(new FolderStore(own))) {
    await begin(path, own, options);
  }
  return refresh(own);
}

/** Copies what the siblings prove. The mark is written last, so that an interrupted copy is begun again. */
async function begin(path: string, own: string, { verifier, trustedRoot, settings }: LineOptions): Promise<void> {
  const names = verifier.lineFiles(trustedRoot, settings);
  const isUseful = (files: readonly LineFiles[]): boolean => {
    const before = performance.now();
    try {
      const found = verifier.seedLine(trustedRoot, files, settings);
      return found.length > 0 && performance.now() - before <= COMPUTATION;
    } catch {
      return false;
    }
  };
  const siblings: LineFiles[] = [[]];
  let left = ALL_BYTES;
  const folders = (await lines(path)).filter((folder) => folder !== own).slice(0, SIBLINGS);
  for (const folder of folders) {
    const isEarlier = folder === path;
    const found = await read(folder, names, isEarlier ? left : Math.min(left, BYTES));
    if (found === undefined || !isUseful(isEarlier ? [found] : [[], found])) {
      continue;
    }
    left -= lengthOf(found);
    if (isEarlier) {
      siblings[0] = found;
    } else {
      siblings.push(found);
    }
  }
  if (siblings.every((files) => files.length === 0)) {
    return;
  }
  const files = verifier.seedLine(trustedRoot, siblings, settings);
  const store = new FolderStore(own);
  const guard = await store.lock(() => {});
  try {
    // Another process may have begun it in the meantime.
    if (await isNew(store)) {
      for (const { name, bytes } of files) {
        // What is there is its own: it has lost its root files only, or the copy was interrupted.
        if ((await store.load(name)) === undefined) {
          await store.persist(name, bytes);
        }
      }
    }
  } finally {
    await guard.release();
  }
}

/**
 * The files of one sibling; `undefined` if one cannot be read, or if they are longer than the limit: somebody else's damaged folder
 * must not stop this trusted root.
 */
async function read(folder: string, names: readonly string[], limit: number): Promise<LineFiles | undefined> {
  try {
    await checkStore(folder);
    const store = new FolderStore(folder, { maxLength: Math.max(limit, 1) });
    const found: (Uint8Array | undefined)[] = [];
    for (const name of names) {
      found.push(await store.load(name));
      if (lengthOf(found) > limit) {
        return undefined;
      }
    }
    return found;
  } catch {
    return undefined;
  }
}

function lengthOf(files: LineFiles): number {
  return files.reduce((sum, file) => sum + (file?.length ?? 0), 0);
}

/** Whether a store has no trusted root yet. */
async function isNew(store: FolderStore): Promise<boolean> {
  for (const name of MARK) {
    if ((await store.load(name)) !== undefined) {
      return false;
    }
  }
  return true;
}

/** The folders of the stores that are there, in the order of their names: the one without a trusted root is the first. */
async function lines(path: string): Promise<readonly string[]> {
  const [parent, name] = [dirname(path), basename(path)];
  const entries = await readdir(parent, { withFileTypes: true }).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") {
      return [];
    }
    throw unusable(parent, cause);
  });
  const isLine = (entry: string): boolean =>
    entry.startsWith(name) && /^(?:~[0-9a-f]{16})?$/.test(entry.slice(name.length));
  const found = entries.filter((entry) => entry.isDirectory() && isLine(entry.name)).map((entry) => entry.name);
  return found.sort().map((entry) => join(parent, entry));
}
