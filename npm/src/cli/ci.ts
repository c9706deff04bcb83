/** `tuf-verifier ci`: runs `npm ci` with verified packages and nothing else. */

import { DependencyError } from "../npm/dependencies.js";
import { neededLocations, type Omitted } from "../npm/lock-needs.js";
import { isSigned, type JudgedEntry } from "../npm/lock-verdict.js";
import { findNpm } from "../npm/npm-program.js";
import type { Project } from "../npm/project.js";
import { Shelf } from "../npm/registry/shelf.js";
import type { Places } from "../npm/verified-packages.js";
import type { TargetFile } from "../target-file.js";
import { openCache } from "./cache.js";
import { type Command, configOf, type Context, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure } from "./failure.js";
import { install, installsPart } from "./installation.js";
import { type Ahead, judgeFile, withPackages } from "./judged-lock.js";
import { readLock } from "./lock-file.js";
import { count, emit, print, refuseDifferences, summary, uncovered } from "./lock-report.js";
import { Preparation } from "./preparation.js";
import { openRepository } from "./repository.js";
import { subfolder, withRunFolder } from "./run-folder.js";
import type { Shell } from "./shell.js";

/** The lock file is verified, then documents and tarballs; then npm installs, what it installed is accounted for, and scripts run. */
export const ci: Command = async (context) => {
  operands(context);
  const { shell, surroundings } = context;
  const npm = findNpm(surroundings.environment, surroundings.folder);
  const file = await readLock(surroundings.folder, undefined);
  const config = await configOf(context);
  const count = await withRunFolder((folder) =>
    Preparation.with(context, npm, folder, async (preparation) => {
      const repository = await openRepository(config, shell, surroundings.signal);
      const places: Places = {
        // What a part of the project cannot do without is not known: npm has to ask for what it takes.
        npmCache: installsPart(context) ? undefined : preparation.confinement.cache,
        tarballs: await subfolder(folder, "tarballs"),
        cache: await openCache(config, shell),
      };
      return withPackages(repository, places, surroundings.signal, async (verification) => {
        const { packages } = verification;
        const locations = (judged: readonly JudgedEntry[], project: Project): ReadonlySet<string> => neededLocations(judged, project, leftOut(context));
        const ahead: Ahead = (judged, project) => tarballsAt(judged, () => locations(judged, project));
        const { judged, project } = await judgeFile(file, verification, shell, ahead);
        refuse(file.path, judged, shell);
        const shelf = new Shelf(packages, judged);
        const documents = await shelf.verifyDocuments();
        const tarballs = await shelf.verifyTarballs(locations(judged, project));
        shell.status(`Verified ${documents} package documents and ${tarballs} tarballs`);
        const needed = (omitted: ReadonlySet<Omitted>): ReadonlySet<string> => neededLocations(judged, project, omitted);
        return install({ context, npm, project, preparation, shelf, packages, scopes: scopes(judged), needed });
      });
    }),
  );
  shell.emit("tuf-installed", { packages: count });
  return ExitStatus.success;
};

/** Targets of the tarballs at these locations; none where the dependencies in the lock file are refused when they are judged. */
function tarballsAt(judged: readonly JudgedEntry[], locations: () => ReadonlySet<string>): Iterable<TargetFile> {
  try {
    const chosen = locations();
    const found = judged.flatMap(({ entry, verdict }) => (isSigned(verdict) && chosen.has(entry.location) ? [verdict.target] : []));
    return new Map(found.map((target) => [target.path, target])).values();
  } catch (error) {
    if (error instanceof DependencyError) {
      return [];
    }
    throw error;
  }
}

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
