/** A lock file, judged as a whole: the bytes of its packages, and what it says of them. */

import type { LockError } from "../npm/lock.js";
import { judgeClaims } from "../npm/lock-claims.js";
import { type JudgedEntry, judgeLock } from "../npm/lock-verdict.js";
import { Project } from "../npm/project.js";
import { type Fetcher, VerifiedPackages } from "../npm/verified-packages.js";
import type { LockFile } from "./lock-file.js";
import type { Repository } from "./repository.js";
import type { Shell } from "./shell.js";

/** A judged lock file. */
export interface JudgedLock {
  readonly project: Project;
  readonly judged: readonly JudgedEntry[];
  /** What was verified on the way. */
  readonly packages: VerifiedPackages;
}

/**
 * Judges a lock file. `folder` is empty, and takes the tarballs that have to be read.
 *
 * @throws {ProjectError} for a `package.json` of the project that cannot be used; {@link LockError}; what kept a package from being
 * verified.
 */
export async function judgeFile(file: LockFile, fetcher: Fetcher, folder: string, shell: Shell): Promise<JudgedLock> {
  const { entries } = file.lock;
  const folders = entries.filter(({ location, origin }) => origin.tag === "own" && origin.val === location);
  const project = await Project.read(file.project, folders.map(({ location }) => location));
  const packages = new VerifiedPackages(fetcher, folder);
  const bytes = await judgeLock(entries, fetcher.search, (done) => shell.progress(`Verifying ${done} of ${entries.length}`));
  return { project, judged: await judgeClaims(bytes, project, packages), packages };
}

/** The part of a repository that packages are fetched with. */
export function fetcherOf({ updater }: Repository, signal: AbortSignal): Fetcher {
  return {
    search: (path) => updater.search(path, { signal }),
    readTarget: (target) => updater.readTarget(target, { signal }),
    downloadTarget: (target, path) => updater.downloadTarget(target, path, undefined, { signal }),
  };
}
