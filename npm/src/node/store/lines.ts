/** Trusted stores that are named by a repository's URL: one for each trusted root. */

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { LineFiles, StoreFile } from "../../records.js";
import type { Settings } from "../../settings.js";
import type { Verifier } from "../../verifier.js";
import { unusable } from "./failure.js";
import { FolderStore } from "./folder.js";
import { checkStore } from "./recognition.js";

/** Most siblings that are compared at once. What they prove takes the place of them when there are more. */
const AT_ONCE = 16;

/** Most bytes of one sibling's files, and of all that are compared at once. */
const [BYTES, ALL_BYTES] = [8 << 20, 32 << 20];

/** Milliseconds that one sibling computes. Those that need more come after every other one. */
const QUICK = 100;

/** Milliseconds that one of those that need more may compute. All that are compared at once stay below the limit. */
const SLOW = 1000;

/** Most of those that need more. */
const MOST_SLOW = 16;

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
 * timestamp and snapshot metadata that its keys signed. Whoever can add siblings hides none of the others: each is looked at, those
 * that cost more than 100 milliseconds last, and of these 16 at most. One that is damaged, or that costs more than a second, is
 * passed over.
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
  const seed = (siblings: readonly LineFiles[]): readonly StoreFile[] =>
    verifier.seedLine(trustedRoot, siblings, settings);
  const found = new Siblings(names, seed);
  const slow: LineFiles[] = [];
  for (const folder of (await lines(path)).filter((folder) => folder !== own)) {
    const isEarlier = folder === path;
    const sibling = await read(folder, names, isEarlier ? ALL_BYTES : BYTES);
    const cost = sibling === undefined ? undefined : costOf(() => seed(isEarlier ? [sibling] : [[], sibling]));
    if (sibling === undefined || cost === undefined || cost > SLOW) {
      continue;
    }
    if (isEarlier) {
      found.first = sibling;
    } else if (cost <= QUICK) {
      found.add(sibling);
    } else if (slow.length < MOST_SLOW) {
      slow.push(sibling);
    }
  }
  slow.forEach((sibling) => found.add(sibling));
  const files = found.all();
  if (files.length === 0) {
    return;
  }
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

/** The siblings that are of use. */
class Siblings {
  /** The folder without a trusted root in its name; no files if there is none. */
  first: LineFiles = [];
  #others: LineFiles[] = [];

  /** With the names of each one's files, and with what says how a new store begins. */
  constructor(
    readonly names: readonly string[],
    readonly seed: (siblings: readonly LineFiles[]) => readonly StoreFile[],
  ) {}

  /** Adds one. Where that makes too many, a new store's files take the place of those that it would begin with. */
  add(sibling: LineFiles): void {
    const length = [sibling, ...this.#others].reduce((sum, files) => sum + lengthOf(files), 0);
    if (this.#others.length >= AT_ONCE || length > ALL_BYTES) {
      const seeded = this.seed([[], ...this.#others]);
      this.#others = [this.names.map((name) => seeded.find((file) => file.name === name)?.bytes)];
    }
    this.#others.push(sibling);
  }

  /** What the new store begins with: nothing if no sibling is of use. */
  all(): readonly StoreFile[] {
    const siblings = [this.first, ...this.#others];
    return siblings.every((files) => files.length === 0) ? [] : this.seed(siblings);
  }
}

/** Milliseconds that it takes to find out that a sibling is of use; `undefined` if it is not. */
function costOf(look: () => readonly StoreFile[]): number | undefined {
  const before = performance.now();
  try {
    return look().length > 0 ? performance.now() - before : undefined;
  } catch {
    return undefined;
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
