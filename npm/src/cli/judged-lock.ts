/** A lock file, judged as a whole: the bytes of its packages, and what it says of them. */

import { setMaxListeners } from "node:events";
import type { LockError } from "../npm/lock.js";
import { judgeClaims } from "../npm/lock-claims.js";
import { isSigned, type JudgedEntry, judgeLock } from "../npm/lock-verdict.js";
import { Project } from "../npm/project.js";
import { type Fetcher, type Places, VerifiedPackages } from "../npm/verified-packages.js";
import type { TargetFile } from "../target-file.js";
import type { LockFile } from "./lock-file.js";
import type { Repository } from "./repository.js";
import type { Shell } from "./shell.js";

/** A judged lock file. */
export interface JudgedLock {
  readonly project: Project;
  readonly judged: readonly JudgedEntry[];
}

/** Packages of one repository, fetched side by side. */
export interface Verification {
  readonly packages: VerifiedPackages;
  readonly fetcher: Fetcher;
}

/** Runs a task with packages of a repository. What it has begun to fetch and not waited for is broken off at its end. */
export async function withPackages<T>(
  { updater }: Repository,
  places: Places,
  signal: AbortSignal,
  task: (verification: Verification) => Promise<T>,
): Promise<T> {
  const ending = new AbortController();
  const abort = (): void => ending.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  // Each search and each transfer listens.
  setMaxListeners(0, ending.signal);
  const options = { signal: ending.signal };
  const fetcher: Fetcher = {
    search: (path) => updater.search(path, options),
    readTarget: (target) => updater.readTarget(target, options),
    downloadTarget: (target, path) => updater.downloadTarget(target, path, undefined, options),
    isTarget: (target, bytes) => updater.isTarget(target, bytes, options),
  };
  const packages = new VerifiedPackages(fetcher, places);
  try {
    signal.throwIfAborted();
    return await task({ packages, fetcher });
  } finally {
    signal.removeEventListener("abort", abort);
    ending.abort();
    await packages.end();
  }
}

/** Chooses tarballs that will be needed whatever the lock file says of them, if all of it is covered. */
export type Ahead = (judged: readonly JudgedEntry[], project: Project) => Iterable<TargetFile>;

/**
 * Judges a lock file. The documents of its packages are fetched side by side; so are the tarballs that `ahead` chooses.
 *
 * @throws {ProjectError} for a `package.json` of the project that cannot be used; {@link LockError}; what kept a package from being
 * verified.
 */
export async function judgeFile(
  file: LockFile,
  { packages, fetcher }: Verification,
  shell: Shell,
  ahead: Ahead = () => [],
): Promise<JudgedLock> {
  const { entries } = file.lock;
  const folders = entries.filter(({ location, origin }) => origin.tag === "own" && origin.val === location);
  const project = await Project.read(file.project, folders.map(({ location }) => location));
  const bytes = await judgeLock(entries, fetcher.search, (done) => shell.progress(`Verifying ${done} of ${entries.length}`));
  const names = bytes.flatMap(({ verdict }) => (isSigned(verdict) ? [verdict.tarball.name] : []));
  const isCovered = bytes.every(({ verdict }) => verdict.tag !== "differs" && verdict.tag !== "not-covered");
  packages.begin(new Map(names.map((name) => [name.full, name])).values(), isCovered ? ahead(bytes, project) : []);
  return { project, judged: await judgeClaims(bytes, project, packages) };
}
