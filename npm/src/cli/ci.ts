/** `tuf-verifier ci`: runs `npm ci` with verified packages and nothing else. */

import { neededLocations, type Omitted } from "../npm/lock-needs.js";
import type { JudgedEntry } from "../npm/lock-verdict.js";
import { findNpm } from "../npm/npm-program.js";
import { Shelf } from "../npm/registry/shelf.js";
import { type Command, configOf, type Context, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure } from "./failure.js";
import { install } from "./installation.js";
import { fetcherOf, judgeFile } from "./judged-lock.js";
import { readLock } from "./lock-file.js";
import { count, emit, print, refuseDifferences, summary, uncovered } from "./lock-report.js";
import { openRepository } from "./repository.js";
import { subfolder, withRunFolder } from "./run-folder.js";
import type { Shell } from "./shell.js";

/** The lock file is verified, then documents and tarballs; then npm installs, what it installed is accounted for, and scripts run. */
export const ci: Command = async (context) => {
  operands(context);
  const { shell, surroundings } = context;
  const npm = findNpm(surroundings.environment, surroundings.folder);
  const file = await readLock(surroundings.folder, undefined);
  const repository = await openRepository(await configOf(context), shell, surroundings.signal);
  const fetcher = fetcherOf(repository, surroundings.signal);
  const count = await withRunFolder(async (folder) => {
    const { judged, project, packages } = await judgeFile(file, fetcher, await subfolder(folder, "tarballs"), shell);
    refuse(file.path, judged, shell);
    const shelf = new Shelf(packages, judged);
    const documents = await shelf.verifyDocuments();
    const needed = (omitted: ReadonlySet<Omitted>): ReadonlySet<string> => neededLocations(judged, project, omitted);
    const tarballs = await shelf.verifyTarballs(needed(leftOut(context)));
    shell.status(`Verified ${documents} package documents and ${tarballs} tarballs`);
    return install({ context, npm, project, folder, shelf, packages, scopes: scopes(judged), needed });
  });
  shell.emit("tuf-installed", { packages: count });
  return ExitStatus.success;
};

/** Every package is covered: npm gets what the repository vouches for, or it is not started. */
function refuse(path: string, judged: readonly JudgedEntry[], shell: Shell): void {
  const counts = count(judged);
  emit(path, judged, shell);
  // The bytes of what is not pinned come from here.
  const relevant = judged.filter(({ verdict }) => verdict.tag !== "unpinned");
  print(relevant, shell);
  refuseDifferences(judged, counts);
  if (counts.notCovered > 0) {
    throw uncovered(relevant, "nothing was installed; ask the publisher of the repository to add them, or do without them");
  }
  if (counts.verified + counts.unpinned === 0) {
    throw new Failure({
      message: "nothing was verified: the lock file names no package of a registry",
      code: "nothing-verified",
      status: ExitStatus.notCovered,
      help: "use npm ci: there is nothing to verify",
    });
  }
  shell.status(`Verified ${path}: ${summary({ ...counts, verified: counts.verified + counts.unpinned, unpinned: 0 })}`);
}

/** What npm is told to leave out on the command line. */
function leftOut({ line, surroundings }: Context): ReadonlySet<Omitted> {
  const values = (name: string): readonly unknown[] => (line.own[name] ?? []) as readonly unknown[];
  const omitted = surroundings.environment["NODE_ENV"] === "production" ? ["dev", ...values("omit")] : values("omit");
  return new Set((["dev", "peer"] as const).filter((group) => omitted.includes(group) && !values("include").includes(group)));
}

function scopes(judged: readonly JudgedEntry[]): readonly string[] {
  const all = judged.flatMap(({ entry: { origin } }) => (origin.tag === "tarball" ? [origin.val.name.scope] : []));
  return [...new Set(all.filter((scope) => scope !== undefined))];
}
