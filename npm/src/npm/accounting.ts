/**
 * What lies in `node_modules`, against the verified tarballs that were handed out: file by file, and nothing besides.
 *
 * npm's own list is not asked: it is made of the lock file. It counts what is there when no script has run yet.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, type Dirent } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { join, posix, relative, sep } from "node:path";
import { dependenciesOf, type Dependency, DependencyError } from "./dependencies.js";
import { isObject, type JsonObject, member } from "./json.js";
import { hasInstallScript, packageJson, parsedManifest } from "./manifest.js";
import { plainCommands } from "./commands.js";
import { packagePlace } from "./place.js";
import type { Project } from "./project.js";
import type { PackageFiles } from "./tar.js";

/** npm installed what it did not get in this run, or left out what it should have installed. */
export class Unaccounted extends Error {
  override readonly name = "Unaccounted";
}

/** A verified tarball that npm got. */
export interface HandedOut {
  readonly name: string;
  /** Where the lock file has it, below the project. */
  readonly locations: readonly string[];
  readonly inventory: () => Promise<Inventory>;
  /** Whether an installation without it is wrong: npm took it, or could not do without it. */
  readonly isExpected: boolean;
}

/** What a tarball holds. */
export interface Inventory {
  /** Its files by their paths, each with its SHA-256. */
  readonly files: Digests;
  readonly dependencies: readonly Dependency[];
  /** Folders of it, its own as the empty path, that have commands or scripts. */
  readonly built: ReadonlySet<string>;
  /** The paths of its commands by their names, if nothing has to be done but to link them; `undefined` if npm has to build it. */
  readonly commands: ReadonlyMap<string, string> | undefined;
}

/** A package that is installed, with the files of a verified tarball and no others. */
export interface InstalledPackage {
  /** Where it is, below the project. */
  readonly location: string;
  /** The name of the package whose tarball it came in; for a bundled one that of its folder. */
  readonly name: string;
  /** What it needs. None for a bundled one: bundles need not have everything. */
  readonly dependencies: readonly Dependency[];
  /** Whether it came in the tarball of the package around it. */
  readonly isBundled: boolean;
  /** Whether it has commands, or scripts that run when it is installed; itself or one that it bundles. */
  readonly isBuilt: boolean;
  /** The paths of its commands by their names, if nothing has to be done but to link them; `undefined` if npm has to build it. */
  readonly commands: ReadonlyMap<string, string> | undefined;
}

/** What is installed in a project. */
export interface Installed {
  readonly packages: ReadonlyMap<string, InstalledPackage>;
  /** Links in `node_modules`, and where they lead to: another location, or a folder of the project. */
  readonly links: ReadonlyMap<string, string>;
  /** Tarballs that are expected and not installed. */
  readonly lost: readonly { readonly name: string; readonly locations: readonly string[] }[];
}

/**
 * Reads what is installed in the `node_modules` of the project and of its folders.
 *
 * @throws {Unaccounted} for a package, file or link that none of the tarballs accounts for, and for a package with other files than
 * those of its tarball, or at another place than the lock file has it.
 */
export async function readInstalled(project: Project, handedOut: readonly HandedOut[]): Promise<Installed> {
  const tarballs = new Map<string, Known[]>();
  for (const { inventory, ...one } of handedOut) {
    const known = { ...one, ...(await inventory()) };
    const digest = known.files.get("package.json") ?? "";
    tarballs.set(digest, [...(tarballs.get(digest) ?? []), known]);
  }
  const reader = new Reader(project, tarballs);
  for (const folder of project.folders.keys()) {
    await reader.readPackages(posix.join(folder, "node_modules"), undefined);
  }
  for (const [location, target] of reader.links) {
    if (!project.folders.has(target) && !reader.packages.has(target)) {
      throw new Unaccounted(`${location} is a link to ${target}, which is no package`);
    }
  }
  const lost = [...tarballs.values()].flat().filter((one) => one.isExpected && !reader.found.has(one));
  return { packages: reader.packages, links: reader.links, lost };
}

/** Files by their paths below a folder, each with its SHA-256. */
type Digests = ReadonlyMap<string, string>;

/** A verified tarball, and what it holds. */
type Known = Omit<HandedOut, "inventory"> & Inventory;

/** The inventory of the files of a tarball. @throws {TarError} where they are no package. */
export function inventoryOf(files: PackageFiles): Inventory {
  const built = new Set<string>();
  for (const [path, bytes] of files) {
    const folder = /^((?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+\/|)package\.json$/.exec(path)?.[1];
    if (folder !== undefined && isBuilt(bytes, files.has(`${folder}binding.gyp`))) {
      built.add(folder);
    }
  }
  const digests = new Map([...files].map(([path, bytes]) => [path, sha256(bytes)]));
  const manifest = packageJson(files);
  const commands = [...built].every((folder) => folder === "") ? plainCommands(manifest, files) : undefined;
  return { files: digests, dependencies: dependencies(manifest), built, commands };
}

function isBuilt(bytes: Uint8Array, hasGyp: boolean): boolean {
  const manifest = parsedManifest(bytes);
  if (!isObject(manifest)) {
    return false;
  }
  const directories = member(manifest, "directories");
  const hasCommands = member(manifest, "bin") !== undefined || (isObject(directories) && Object.hasOwn(directories, "bin"));
  return hasCommands || hasInstallScript(manifest, hasGyp);
}

function dependencies(manifest: JsonObject): readonly Dependency[] {
  try {
    return dependenciesOf(manifest);
  } catch (error) {
    if (error instanceof DependencyError) {
      return [];
    }
    throw error;
  }
}

/** A bundle: the part of a tarball that is below the folder at `prefix`. */
interface Bundle {
  readonly known: Known;
  readonly prefix: string;
}

class Reader {
  readonly packages = new Map<string, InstalledPackage>();
  readonly links = new Map<string, string>();
  /** The tarballs that something is installed of. */
  readonly found = new Set<Known>();
  readonly #project: Project;
  readonly #tarballs: ReadonlyMap<string, readonly Known[]>;

  constructor(project: Project, tarballs: ReadonlyMap<string, readonly Known[]>) {
    this.#project = project;
    this.#tarballs = tarballs;
  }

  /** Reads a `node_modules`, or the folder of a scope in one. What the `bundle` of the package around it has is part of that package. */
  async readPackages(folder: string, bundle: Bundle | undefined): Promise<void> {
    for (const entry of this.#entries(folder)) {
      const location = posix.join(folder, entry.name);
      if (entry.isSymbolicLink()) {
        await this.#readLink(location);
      } else if (entry.isDirectory() && entry.name.startsWith("@") && posix.basename(folder) === "node_modules") {
        await this.readPackages(location, inside(bundle, entry.name));
      } else if (entry.isDirectory() && (!entry.name.startsWith(".") || bundle !== undefined)) {
        await this.#readPackage(location, inside(bundle, entry.name));
      } else if (!(await this.#isNpms(location, entry)) && !(entry.isFile() && (await this.#isOf(location, inside(bundle, entry.name))))) {
        throw new Unaccounted(`${location} is no package, and no verified tarball has it`);
      }
    }
  }

  /** What npm keeps there: its list; the packages of `--install-strategy=linked`. */
  async #isNpms(location: string, entry: Dirent): Promise<boolean> {
    if (entry.isDirectory() && location === "node_modules/.store") {
      await this.#readStore(location);
      return true;
    }
    return entry.isFile() && location === "node_modules/.package-lock.json";
  }

  /** Each package has a folder with a `node_modules` in it, and nothing else. */
  async #readStore(folder: string): Promise<void> {
    for (const entry of this.#entries(folder)) {
      const location = posix.join(folder, entry.name);
      if (entry.isDirectory() && entry.name.startsWith("@") && posix.basename(folder) === ".store") {
        await this.#readStore(location);
      } else if (entry.isDirectory() && this.#entries(location).every(({ name }) => name === "node_modules")) {
        await this.readPackages(posix.join(location, "node_modules"), undefined);
      } else {
        throw new Unaccounted(`${location} is no package`);
      }
    }
  }

  async #isOf(location: string, bundle: Bundle | undefined): Promise<boolean> {
    const digest = bundle?.known.files.get(bundle.prefix.replace(/\/$/, ""));
    return digest !== undefined && digest === sha256(await readFile(this.#path(location)));
  }

  async #readLink(location: string): Promise<void> {
    const [root, target] = [await realpath(this.#project.path), await realpath(this.#path(location))];
    const path = relative(root, target).split(sep).join("/");
    if (path === "" || !(this.#project.folders.has(path) || path.startsWith("node_modules/.store/"))) {
      throw new Unaccounted(`${location} is a link to ${target}, which is no folder of the project`);
    }
    // npm leaves what lies in the folders of the project from before: a link there would be found in the place of a package.
    const name = packagePlace(location)?.name ?? "";
    if (this.#project.folders.has(path) && !this.#project.isKnownAs(path, name)) {
      throw new Unaccounted(`${location} is a link to ${path}, which the project does not know by this name`);
    }
    this.links.set(location, path);
  }

  async #readPackage(location: string, bundle: Bundle | undefined): Promise<void> {
    const files = this.#digests(location, "");
    const digest = files.get("package.json") ?? "";
    if (bundle !== undefined && sameFiles(files, ownFiles(bundle))) {
      if (digest !== "") {
        const [name, isBuilt] = [posix.basename(location), isBuiltIn(bundle)];
        this.packages.set(location, { location, name, dependencies: [], isBundled: true, isBuilt, commands: undefined });
      }
      return this.readPackages(posix.join(location, "node_modules"), inside(bundle, "node_modules"));
    }
    const candidates = this.#tarballs.get(digest)?.filter((one) => sameFiles(files, ownFiles({ known: one, prefix: "" }))) ?? [];
    if (candidates.length === 0) {
      throw new Unaccounted(`${location} has other files than every verified tarball that was handed out`);
    }
    // Linked packages are at places that no lock file has; what a name leads to there is looked at with the dependencies.
    const known = candidates.find(({ locations }) => locations.includes(location) || location.startsWith("node_modules/.store/"));
    if (known === undefined) {
      throw new Unaccounted(`${location} is ${candidates[0]?.name ?? ""}, which the lock file has elsewhere`);
    }
    this.found.add(known);
    const whole = { known, prefix: "" };
    const { name, dependencies, commands } = known;
    this.packages.set(location, { location, name, dependencies, isBundled: false, isBuilt: isBuiltIn(whole), commands });
    await this.readPackages(posix.join(location, "node_modules"), inside(whole, "node_modules"));
    this.#checkBundled(location, known);
  }

  /** Whatever a package brings along is there. */
  #checkBundled(location: string, { files }: Known): void {
    for (const path of files.keys()) {
      const folder = /^node_modules\/((?:@[^/]+\/)?[^/]+)\/package\.json$/.exec(path)?.[1];
      if (folder !== undefined && !this.packages.has(`${location}/node_modules/${folder}`)) {
        throw new Unaccounted(`${location} lacks ${folder}, which its tarball brings along`);
      }
    }
  }

  /** The files below a folder, without its `node_modules`. Promises for thousands of small files would take longer than the files. */
  #digests(location: string, prefix: string, found = new Map<string, string>()): Map<string, string> {
    for (const entry of this.#entries(posix.join(location, prefix))) {
      const path = posix.join(prefix, entry.name);
      if (path === "node_modules" && entry.isDirectory()) {
        continue;
      }
      if (entry.isDirectory()) {
        this.#digests(location, path, found);
      } else if (entry.isFile()) {
        found.set(path, sha256(readFileSync(this.#path(posix.join(location, path)))));
      } else {
        throw new Unaccounted(`${posix.join(location, path)} is a link, which no verified tarball can have`);
      }
    }
    return found;
  }

  #entries(folder: string): readonly Dirent[] {
    try {
      return readdirSync(this.#path(folder), { withFileTypes: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return [];
      }
      throw error;
    }
  }

  #path(location: string): string {
    return join(this.#project.path, location);
  }
}

/** The part of a bundle in one of its folders, or the file of that name; `undefined` where it has neither. */
function inside(bundle: Bundle | undefined, name: string): Bundle | undefined {
  if (bundle === undefined) {
    return undefined;
  }
  const prefix = `${bundle.prefix}${name}/`;
  const isThere = [...bundle.known.files.keys()].some((path) => path.startsWith(prefix) || `${path}/` === prefix);
  return isThere ? { known: bundle.known, prefix } : undefined;
}

/** The files of a package or a bundled one, without those in its `node_modules`. */
function ownFiles({ known, prefix }: Bundle): Digests {
  return new Map(
    [...known.files].flatMap(([path, digest]) => {
      const own = path.startsWith(prefix) ? path.slice(prefix.length) : undefined;
      return own === undefined || own.startsWith("node_modules/") ? [] : [[own, digest] as const];
    }),
  );
}

function isBuiltIn({ known, prefix }: Bundle): boolean {
  return [...known.built].some((folder) => folder.startsWith(prefix));
}

function sameFiles(one: Digests, other: Digests): boolean {
  return one.size === other.size && [...one].every(([path, digest]) => other.get(path) === digest);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
