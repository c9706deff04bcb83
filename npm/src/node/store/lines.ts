/** Trusted stores that are named by a repository's URL: one for each line of roots. */

import { createHash } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Missing, Refusal } from "../../errors.js";
import type { Settings } from "../../settings.js";
import type { Verifier } from "../../verifier.js";
import { unusable } from "./failure.js";
import { FolderStore } from "./folder.js";

/** What {@link refreshLine} begins with. */
export interface LineOptions {
  readonly verifier: Verifier;
  readonly trustedRoot: Uint8Array;
  readonly settings: Settings;
}

/**
 * Refreshes with the store of the trusted root's line, among the stores that are named after `path`. `refresh` is called with each
 * folder that is tried; a store of another line stays as it was. Where there is no store of this line, a new one is made.
 *
 * Whoever may write a project's configuration chooses both the URL and the trusted root. If the URL alone named the store, one
 * refresh in a hostile project would replace the root and the floors that other projects trust. So each line has a folder
 * `PATH~<16 hexadecimal digits of the trusted root's SHA-256>`, and a trusted root finds its line's folder whatever root of that
 * line the folder is named after. The folder `PATH` is what earlier versions left: it is tried too.
 *
 * @throws as `refresh` does; {@link StoreError} where a folder cannot be listed or read.
 */
export async function refreshLine<T>(
  path: string,
  { verifier, trustedRoot, settings }: LineOptions,
  refresh: (folder: string) => Promise<T>,
): Promise<T> {
  const folders = await lines(path);
  const names = verifier.lineFiles(trustedRoot, settings);
  const files = await Promise.all(
    folders.map((folder) => Promise.all(names.map((name) => new FolderStore(folder).load(name)))),
  );
  for (const { store, proven } of verifier.rankLines(trustedRoot, files, settings)) {
    const folder = folders[store];
    if (folder === undefined) {
      continue;
    }
    try {
      return await refresh(folder);
    } catch (error) {
      // A store that an earlier version left has no other name: its trusted root may be this one.
      if (!isOfAnotherLine(error, proven || folder === path)) {
        throw error;
      }
    }
  }
  const digest = createHash("sha256").update(trustedRoot).digest("hex").slice(0, 16);
  return refresh(`${path}~${digest}`);
}

/** The folders of the stores that are there, in the order of their names. */
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

/**
 * Whether a store is of another line than the trusted root. `isFinal` is whether a rollback of root under it counts: a store of
 * whose line nothing is known could block the trusted root by a root version that nobody reaches.
 */
function isOfAnotherLine(error: unknown, isFinal: boolean): boolean {
  if (error instanceof Missing) {
    return !isFinal && error.place === "store" && error.file.startsWith("root_history/");
  }
  if (!(error instanceof Refusal)) {
    return false;
  }
  const { attack } = error;
  const isRootRollback = attack.tag === "rollback" && attack.val.role === "root" && attack.val.subject === "root";
  return attack.tag === "other-root-line" || (isRootRollback && !isFinal);
}
