/** `tuf-verifier ci`: runs `npm ci` with verified packages and nothing else. */

import { account } from "../npm/accounting.js";
import type { Group } from "../npm/lock.js";
import { type JudgedEntry, judgeLock } from "../npm/lock-verdict.js";
import { confined, ended, findNpm, scopeArguments, startNpm } from "../npm/npm-program.js";
import { type Answers, RegistryServer } from "../npm/registry/server.js";
import { type Fetcher, Shelf } from "../npm/registry/shelf.js";
import { npmArguments } from "./arguments.js";
import { type Command, configOf, type Context, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable } from "./failure.js";
import { type LockFile, readLock } from "./lock-file.js";
import { count, emit, print, refuseDifferences, summary, uncovered } from "./lock-report.js";
import { openRepository } from "./repository.js";
import { subfolder, withRunFolder } from "./run-folder.js";

/** The lock file is verified, then the documents, then npm runs; then what it has installed is accounted for. */
export const ci: Command = async (context) => {
  operands(context);
  const { shell, surroundings } = context;
  const { signal } = surroundings;
  const npm = findNpm(surroundings.environment);
  const file = await readLock(surroundings.folder, undefined);
  const { updater } = await openRepository(await configOf(context), shell, signal);
  const fetcher: Fetcher = {
    search: (path) => updater.search(path, { signal }),
    readTarget: (target) => updater.readTarget(target, { signal }),
    downloadTarget: (target, path) => updater.downloadTarget(target, path, undefined, { signal }),
  };
  const judged = await judgeAll(file, fetcher, context);
  const installed = await withRunFolder(async (folder) => {
    const shelf = new Shelf(fetcher, await subfolder(folder, "tarballs"), judged);
    const documents = await shelf.verifyDocuments();
    const tarballs = await shelf.verifyTarballs(leftOut(context));
    shell.status(`Verified ${documents} package documents and ${tarballs} tarballs`);
    await install({ context, npm, project: file.project, cache: await subfolder(folder, "cache"), shelf, scopes: scopes(judged) });
    return account(file.project, shelf.served).catch((error: unknown) => {
      throw isSystemError(error) ? fileUnusable("read", file.project, error) : error;
    });
  });
  shell.status(`Installed ${installed} packages, verified`);
  shell.emit("tuf-installed", { packages: installed });
  return ExitStatus.success;
};

/** Every package is covered: npm gets what the repository vouches for, or it is not started. */
async function judgeAll(file: LockFile, fetcher: Fetcher, { shell }: Context): Promise<readonly JudgedEntry[]> {
  const { entries } = file.lock;
  const judged = await judgeLock(entries, fetcher.search, (done) => shell.progress(`Verifying ${done} of ${entries.length}`));
  const counts = count(judged);
  emit(file.path, judged, shell);
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
  shell.status(`Verified ${file.path}: ${summary({ ...counts, verified: counts.verified + counts.unpinned, unpinned: 0 })}`);
  return judged;
}

/** Groups that npm may leave out: what the platform does not allow, and what it is told to leave out. */
function leftOut({ line, surroundings }: Context): ReadonlySet<Group> {
  const values = (name: string): readonly unknown[] => (line.own[name] ?? []) as readonly unknown[];
  const omitted = surroundings.environment["NODE_ENV"] === "production" ? ["dev", ...values("omit")] : values("omit");
  const groups = (["dev", "peer"] as const).filter((group) => omitted.includes(group) && !values("include").includes(group));
  return new Set<Group>(["optional", ...groups]);
}

interface Installation {
  readonly context: Context;
  readonly npm: string;
  readonly project: string;
  readonly cache: string;
  readonly shelf: Shelf;
  readonly scopes: readonly string[];
}

/** Runs npm beside the registry. Where it fails, what kept the registry from an answer says more than npm does. */
async function install({ context, npm, project, cache, shelf, scopes }: Installation): Promise<void> {
  const { shell, surroundings, line } = context;
  const answers: Answers = (asked) => shelf.answer(asked, server.url);
  const server = await startServer(answers);
  try {
    const confinement = { registry: server.url, proxy: server.origin, cache, scopes };
    const environment = confined(surroundings.environment, confinement);
    const args = ["ci", `--prefix=${project}`, ...scopeArguments(confinement), ...npmArguments(line.own)];
    shell.status("Running npm ci");
    const child = startNpm(npm, project, args, environment, ["inherit", shell.isJson ? 2 : "inherit", "inherit"]);
    const stop = (): void => void child.kill("SIGTERM");
    surroundings.signal.addEventListener("abort", stop, { once: true });
    const end = await shell.lend(() => ended(child));
    surroundings.signal.removeEventListener("abort", stop);
    surroundings.signal.throwIfAborted();
    if (end !== 0) {
      throw shelf.failure ?? npmFailed(end);
    }
  } finally {
    await server.stop();
  }
}

async function startServer(answers: Answers): Promise<RegistryServer> {
  try {
    return await RegistryServer.start(answers);
  } catch (cause) {
    const message = `cannot start the registry on the loopback interface: ${cause instanceof Error ? cause.message : String(cause)}`;
    const help = "the loopback interface must allow a listener on 127.0.0.1";
    throw new Failure({ message, code: "registry-unusable", status: ExitStatus.usage, help }, { cause });
  }
}

function npmFailed(end: number | NodeJS.Signals): Failure {
  return new Failure({
    message: `everything that npm was given was verified, but npm failed (${typeof end === "number" ? `exit status ${end}` : end})`,
    code: "npm-failed",
    status: ExitStatus.npmFailed,
    help: "the reason is in npm's own messages above",
  });
}

function scopes(judged: readonly JudgedEntry[]): readonly string[] {
  const all = judged.flatMap(({ entry: { origin } }) => (origin.tag === "tarball" ? [origin.val.name.scope] : []));
  return [...new Set(all.filter((scope) => scope !== undefined))];
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error;
}
