/** `tuf-verifier collect`: makes the targets of the packages of a lock file, for those who publish them. */

import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { refuseLinksBelow } from "../node/below.js";
import { readRegular } from "../node/regular-file.js";
import { codeOf } from "../node/replace.js";
import { Collection } from "../npm/collection.js";
import { sha512Digests } from "../npm/integrity.js";
import type { LockEntry, Tarball } from "../npm/lock.js";
import { ended, findNpm, startNpm, withoutSecrets } from "../npm/npm-program.js";
import type { PackageName } from "../npm/package-name.js";
import { makeOutside, OUTSIDE } from "../npm/user-settings.js";
import { type Command, type Context, helpOf } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable, usage } from "./failure.js";
import { type LockFile, readLock } from "./lock-file.js";
import { withRunFolder } from "./run-folder.js";

/** Packages fetched with one npm: a command line has a limit. */
const BATCH = 40;

/** Most bytes of a `.npmrc`. */
const MAX_NPMRC = 1 << 20;

/**
 * npm fetches, with whatever registry, proxy and credentials the user has set it up for; each tarball is compared with the lock file.
 * The settings of the project count only if they are asked for: they would choose a registry, and give it variables of the environment.
 */
export const collect: Command = async (context) => {
  const { line, shell, surroundings } = context;
  const output = line.own["output"];
  if (line.operands.length > 1 || typeof output !== "string" || output === "") {
    throw usage("collect takes one lock file at most, and --output DIR", helpOf(context));
  }
  const file = await readLock(surroundings.folder, line.operands[0]);
  const tarballs = covered(file.lock.entries, context);
  const folder = resolve(surroundings.folder, output);
  // Whoever made the project would choose where the folders are made.
  for (const base of [surroundings.folder, file.project]) {
    await refuseLinksBelow(base, folder);
  }
  if (line.own["project-npmrc"] !== true) {
    await refuseProjectSettings(file, context);
  }
  const collection = new Collection(folder);
  try {
    const fetched = await fetchMissing(tarballs, collection, file, context);
    for (const name of distinct(tarballs.map((tarball) => tarball.name), (name: PackageName) => name.full)) {
      await collection.writeDocument(name);
    }
    shell.status(`Collected ${tarballs.length} packages (${tarballs.length - fetched} were there already)`);
    shell.emit("tuf-collected", { output: folder, packages: tarballs.length, fetched });
    shell.result(folder);
    return ExitStatus.success;
  } catch (error) {
    throw error instanceof Error && "syscall" in error ? fileUnusable("write", folder, error) : error;
  }
};

/** The tarballs of a lock file, each once. @throws {Failure} for packages that come from no registry, unless they are left out. */
function covered(entries: readonly LockEntry[], { line, shell }: Context): readonly Tarball[] {
  const left = entries.filter(({ origin }) => origin.tag === "uncovered");
  for (const { name, version, origin } of left) {
    shell.warning(`not covered: ${name}@${version}: ${origin.tag === "uncovered" ? origin.words : ""}`);
  }
  const tarballs = entries.flatMap(({ origin }) => (origin.tag === "tarball" ? [origin.val] : []));
  if ((left.length > 0 && line.own["allow-uncovered"] !== true) || tarballs.length === 0) {
    throw new Failure({
      message: tarballs.length === 0 ? "the lock file names no package of a registry" : `not covered: ${left.length} packages`,
      code: "not-covered",
      status: ExitStatus.notCovered,
      help: "leave them out with --allow-uncovered: they cannot be targets",
    });
  }
  for (const { name, version, integrity } of tarballs) {
    if (sha512Digests(integrity ?? "").length === 0) {
      shell.warning(`the lock file has no SHA-512 for ${name.full}@${version}: it is taken as the registry has it`);
    }
  }
  return distinct(tarballs, (tarball) => `${tarball.name.full}@${tarball.version} ${tarball.integrity ?? ""}`);
}

async function fetchMissing(
  tarballs: readonly Tarball[],
  collection: Collection,
  file: LockFile,
  context: Context,
): Promise<number> {
  const missing: Tarball[] = [];
  for (const tarball of tarballs) {
    if (!(await collection.has(tarball))) {
      missing.push(tarball);
    }
  }
  for (const batch of batches(missing)) {
    context.shell.status(`Fetching ${batch.length} packages with npm`);
    await withRunFolder(async (folder) => {
      await pack(batch, folder, file, context);
      for (const tarball of batch) {
        await collection.add(tarball, await readFile(join(folder, packedName(tarball))));
      }
    });
  }
  return missing.length;
}

/** `npm pack` has one file name for `@a/b` and `a-b`: the two are fetched apart. */
function batches(tarballs: readonly Tarball[]): readonly (readonly Tarball[])[] {
  const found: Tarball[][] = [];
  for (const tarball of tarballs) {
    const isFree = (batch: readonly Tarball[]): boolean => {
      return batch.length < BATCH && batch.every((other) => packedName(other) !== packedName(tarball));
    };
    const batch = found.find(isFree);
    if (batch === undefined) {
      found.push([tarball]);
    } else {
      batch.push(tarball);
    }
  }
  return found;
}

async function pack(batch: readonly Tarball[], folder: string, file: LockFile, context: Context): Promise<void> {
  const { environment, signal } = context.surroundings;
  const specs = batch.map(({ name, version }) => `${name.full}@${version}`);
  const places = [`--pack-destination=${folder}`, `--cache=${join(folder, "cache")}`, `--logs-dir=${join(folder, "logs")}`];
  const isOutside = context.line.own["project-npmrc"] !== true;
  const where = isOutside ? await makeOutside(folder) : file.project;
  const options = ["--silent", "--ignore-scripts", "--timing=false", ...places, ...(isOutside ? OUTSIDE : [])];
  const child = startNpm(findNpm(environment, file.project), where, ["pack", ...options, "--", ...specs], withoutSecrets(environment), [
    "ignore",
    "ignore",
    "inherit",
  ]);
  const end = await ended(child, signal);
  if (end !== 0) {
    throw new Failure({
      message: `npm pack failed (${end}) for one of ${specs.join(" ")}`,
      code: "npm-failed",
      status: ExitStatus.npmFailed,
      help: "try `npm pack` with each of them",
    });
  }
}

/**
 * Refuses a project whose `.npmrc` names a registry: npm runs outside of the project, and would ask another one without a word. An npm
 * that has started this program has put all settings of its project into the environment, where they look like the user's.
 */
async function refuseProjectSettings(file: LockFile, { surroundings }: Context): Promise<void> {
  const { environment, folder } = surroundings;
  const isOfNpm = environment["npm_command"] !== undefined;
  const folders = isOfNpm ? [environment["npm_config_local_prefix"] ?? folder, file.project] : [file.project];
  for (const path of new Set(folders.map((one) => join(resolve(folder, one), ".npmrc")))) {
    const text = path === join(homedir(), ".npmrc") ? undefined : await readSettings(path);
    const why = text === undefined ? undefined : isOfNpm ? IN_ENVIRONMENT : NAMES_REGISTRY.test(text) ? NAMED : undefined;
    if (why !== undefined) {
      throw new Failure({
        message: `${path} ${why}`,
        code: "project-settings",
        status: ExitStatus.usage,
        help: `${isOfNpm ? "start this program without npm" : "copy the lock file elsewhere"}, or pass --project-npmrc if you trust it`,
      });
    }
  }
}

const NAMED = "names a registry, which would choose what is collected, and get what it wants of your environment";
const IN_ENVIRONMENT = "counts as your own settings, because npm has started this program in that project";
/** A line that sets a registry, of a scope or of all. What is written otherwise does not count, as all of the file. */
const NAMES_REGISTRY = /^[^#;=\r\n]*registry["'\s]*=/im;

async function readSettings(path: string): Promise<string | undefined> {
  try {
    return new TextDecoder().decode((await readRegular(path, MAX_NPMRC)).bytes);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw fileUnusable("read", path, error);
  }
}

/** The name of the file that `npm pack` writes. */
function packedName({ name, version }: Tarball): string {
  return `${name.full.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

function distinct<T>(values: readonly T[], key: (value: T) => string): readonly T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}
