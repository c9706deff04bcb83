/**
 * What a lock file says of packages beside their bytes, against what is signed.
 *
 * npm believes its lock file. It takes the dependencies of a package from there and not from the package, looks for what is missing,
 * leaves out what the file calls optional or bundled, and puts one package where the file says that another one is. So a package whose
 * bytes are signed is not enough:
 *
 * - Dependencies, platforms, bundles, commands and scripts of an entry are those of the signed document of its package, or of its signed
 *   tarball.
 * - Every digest is one of the signed bytes, also where npm would go by a stronger one.
 * - npm takes an entry for a `package.json`. So it has nothing that npm never writes there.
 * - A bundled package is in the tarball of its bundler, with its name and version.
 * - Every dependency is of the registry, and leads to an entry with the name that it asks for.
 * - A package is optional, or for development, if all that leads to it is.
 * - A package is in a folder of the project, and brings no lock file of its own along.
 * - A folder is the project's if the project's own `package.json` files say so.
 */

import { dependenciesOf, type Dependency, DependencyError, sourceOf } from "./dependencies.js";
import { type Digest, digestsOf } from "./integrity.js";
import { isObject, type JsonObject, member } from "./json.js";
import { difference, ofDocument, ofFiles, unknownMember } from "./lock-entry.js";
import { falseFlags } from "./lock-needs.js";
import { type LockEntry, LockError, type Tarball } from "./lock.js";
import { isSigned, type JudgedEntry, type LockVerdict } from "./lock-verdict.js";
import { packageJson, parsedManifest, plainVersion } from "./manifest.js";
import { findDependency, packagePlace } from "./place.js";
import type { Project } from "./project.js";
import type { PackageFiles } from "./tar.js";
import type { TargetFile } from "../target-file.js";

/** What is signed of a package. */
export interface Evidence {
  /** What the signed document of a package lists of the version with this tarball; `undefined` where there is no document. */
  listed(tarball: Tarball, target: TargetFile): Promise<JsonObject | undefined>;
  /** The files of a signed tarball. */
  contents(target: TargetFile): Promise<PackageFiles>;
  /** A digest of a signed tarball, in lower-case hexadecimal. */
  digest(target: TargetFile, algorithm: Digest["algorithm"]): Promise<string>;
}

/**
 * The verdicts on a lock file with its claims judged: a `contradicts` where it says otherwise than what is signed, a `not-covered`
 * where something would come from elsewhere. The project itself comes first where its own `package.json` wants something that is not
 * covered.
 *
 * @throws {LockError} for dependencies that cannot be read; otherwise what kept the evidence from being read.
 */
export async function judgeClaims(
  judged: readonly JudgedEntry[],
  project: Project,
  evidence: Evidence,
): Promise<readonly JudgedEntry[]> {
  return new ClaimsJudge(judged, project, evidence).judge();
}

class ClaimsJudge {
  readonly #byLocation: ReadonlyMap<string, JudgedEntry>;
  readonly #project: Project;
  readonly #evidence: Evidence;
  /** What was found wrong; the first finding of an entry stays. */
  readonly #found = new Map<string, LockVerdict>();
  /** Every dependency that leads to a tarball. */
  readonly #steps: Step[] = [];

  constructor(judged: readonly JudgedEntry[], project: Project, evidence: Evidence) {
    this.#byLocation = new Map(judged.map((one) => [one.entry.location, one]));
    this.#project = project;
    this.#evidence = evidence;
  }

  async judge(): Promise<readonly JudgedEntry[]> {
    for (const one of this.#byLocation.values()) {
      await this.#judgeEntry(one);
    }
    this.#judgeProject();
    this.#judgeNames();
    for (const [location, flag] of falseFlags([...this.#byLocation.values()], this.#project)) {
      this.#contradicts(location, `the lock file has \`${flag}\` for it, and it is needed otherwise`);
    }
    const entries = [...this.#byLocation.values()];
    const own = this.#found.get("");
    return [
      ...(own === undefined ? [] : [{ entry: projectEntry(this.#project), verdict: own }]),
      ...entries.map(({ entry, verdict }) => ({ entry, verdict: this.#found.get(entry.location) ?? verdict })),
    ];
  }

  async #judgeEntry({ entry, verdict }: JudgedEntry): Promise<void> {
    const dependencies = claimedDependencies(entry);
    const unknown = unknownMember(entry);
    if (unknown !== undefined) {
      return this.#contradicts(entry.location, `the lock file has \`${unknown}\` for it`);
    }
    switch (verdict.tag) {
      case "own":
        return this.#judgeOwn(entry);
      case "verified":
      case "unpinned":
        await this.#judgeSigned(entry, dependencies, verdict);
        return this.#judgeDependencies(entry, dependencies, true);
      case "bundled":
        await this.#judgeBundled(entry, dependencies, verdict.location);
        // A bundle need not have everything: what is missing is asked of the registry, and refused there.
        return this.#judgeDependencies(entry, dependencies, false);
      default:
        // Nobody vouches for it; what it asks for counts all the same.
        for (const dependency of dependencies) {
          this.#target(entry.location, dependency);
        }
    }
  }

  /** Its dependencies, platforms and bundles are the signed ones, of the document or else of the tarball. */
  async #judgeSigned(entry: LockEntry, dependencies: readonly Dependency[], verdict: Signed): Promise<void> {
    if (!this.#project.folders.has(folderOf(entry.location))) {
      return this.#notCovered(entry.location, "folder", "its place is in no folder of the project");
    }
    await this.#judgeDigests(entry, verdict);
    if (member(entry.claims, "hasShrinkwrap") === true) {
      await this.#judgeShrinkwrap(entry, verdict);
    }
    const listed = await this.#evidence.listed(verdict.tarball, verdict.target);
    if (listed !== undefined && difference(entry, dependencies, ofDocument(listed, entry.name)) === undefined) {
      return;
    }
    const files = await this.#evidence.contents(verdict.target);
    const field = difference(entry, dependencies, ofFiles(packageJson(files), entry.name, files, ""));
    if (field !== undefined) {
      this.#contradicts(entry.location, `the lock file has other \`${field}\` than the signed package`);
    }
  }

  /** npm goes by the strongest digest alone; another program, or a lock file without a strong one, by another. */
  async #judgeDigests({ location }: LockEntry, { target, tarball }: Signed): Promise<void> {
    for (const demanded of digestsOf(tarball.integrity ?? "")) {
      if (demanded === undefined) {
        return this.#notCovered(location, "integrity", "its integrity has a part that cannot be read, which npm ignores");
      }
      // The SHA-512 was compared with the one that is signed.
      if (demanded.algorithm !== "sha512" && (await this.#evidence.digest(target, demanded.algorithm)) !== demanded.value) {
        return this.#contradicts(location, `the lock file demands another ${demanded.algorithm} digest than the signed package has`);
      }
    }
  }

  /** npm would install what the lock file in the package says, at any place, and nobody judges that one. */
  async #judgeShrinkwrap({ location }: LockEntry, { target }: Signed): Promise<void> {
    if ((await this.#evidence.contents(target)).has("npm-shrinkwrap.json")) {
      this.#notCovered(location, "shrinkwrap", "it installs by a lock file of its own, npm-shrinkwrap.json, which is not judged");
    }
  }

  /** It is in the tarball of its bundler, with this name, version and dependencies. */
  async #judgeBundled(entry: LockEntry, dependencies: readonly Dependency[], bundler: string): Promise<void> {
    const verdict = this.#byLocation.get(bundler)?.verdict;
    if (verdict === undefined || !isSigned(verdict)) {
      return;
    }
    const files = await this.#evidence.contents(verdict.target);
    const folder = `${entry.location.slice(bundler.length + 1)}/`;
    const bytes = files.get(`${folder}package.json`);
    const own = bytes === undefined ? undefined : parsedManifest(bytes);
    const name = isObject(own) ? member(own, "name") ?? packagePlace(entry.location)?.name : undefined;
    if (!isObject(own) || name !== entry.name || plainVersion(member(own, "version")) !== plainVersion(entry.version)) {
      return this.#contradicts(entry.location, `it is not in the signed tarball of ${bundler}`);
    }
    const field = difference(entry, dependencies, { ...ofFiles(own, entry.name, files, folder), hasShrinkwrap: true });
    if (field !== undefined) {
      this.#contradicts(entry.location, `the lock file has other \`${field}\` than the signed tarball of ${bundler}`);
    }
  }

  /** The project declares the folder, and a link to it has the name by which the project knows it. */
  #judgeOwn({ location, origin, claims }: LockEntry): void {
    const target = origin.tag === "own" ? origin.val : "";
    const links = [...this.#byLocation.values()].filter(({ entry }) => member(entry.claims, "link") === true);
    const isLink = member(claims, "link") === true;
    const place = isLink ? packagePlace(location) : undefined;
    const isLinked = links.some(({ entry }) => entry.origin.tag === "own" && entry.origin.val === target);
    const isNamed = place === undefined || this.#project.isKnownAs(target, place.name);
    if (!this.#project.folders.has(target) || !isLinked || !isNamed || (isLink && place === undefined)) {
      this.#notCovered(location, "folder", "no package.json of the project declares this folder under this name");
    }
  }

  /** Every dependency is of the registry, and one that is required has an entry. */
  #judgeDependencies(entry: LockEntry, dependencies: readonly Dependency[], isComplete: boolean): void {
    for (const dependency of dependencies) {
      const { name, spec, kind } = dependency;
      if (sourceOf(dependency).tag !== "registry") {
        this.#notCovered(entry.location, "dependency", `its dependency ${name} comes from ${spec}`);
      } else if (this.#target(entry.location, dependency) === undefined && kind === "required" && isComplete) {
        this.#notCovered(entry.location, "dependency", `its dependency ${name} has no entry`);
      }
    }
  }

  /** What the project and its folders ask for. What is missing in the lock file is for npm to say. */
  #judgeProject(): void {
    for (const [location, { dependencies }] of this.#project.folders) {
      for (const dependency of dependencies) {
        const target = this.#target(location, dependency);
        const source = sourceOf(dependency);
        if (source.tag === "elsewhere" || (source.tag === "folder" && !this.#isFolder(target, location, dependency))) {
          this.#notCovered(location, "dependency", `its dependency ${dependency.name} comes from ${dependency.spec}`);
        }
      }
    }
    for (const [name, values] of this.#project.allOverrides()) {
      const other = values.find((spec) => sourceOf({ name, spec, kind: "required" }).tag !== "registry");
      if (other !== undefined) {
        this.#notCovered("", "dependency", `its override of ${name} comes from ${other}`);
      }
    }
  }

  #isFolder(target: string | undefined, location: string, dependency: Dependency): boolean {
    const origin = this.#byLocation.get(target ?? "")?.entry.origin;
    return origin?.tag === "own" && this.#project.isDeclared(location, dependency, origin.val);
  }

  /** Where a dependency leads to. */
  #target(location: string, dependency: Dependency): string | undefined {
    const { name, spec } = dependency;
    const target = findDependency(location, name, (candidate) => this.#byLocation.has(candidate));
    const entry = this.#byLocation.get(target ?? "")?.entry;
    if (target !== undefined && entry !== undefined && entry.origin.tag !== "own") {
      const sources = [spec, ...this.#project.overrides(name)].map((one) => sourceOf({ ...dependency, spec: one }));
      const names = sources.flatMap((source) => (source.tag === "registry" ? [source.name] : []));
      this.#steps.push({ entry, names, isAlias: names[0] !== name, isOwn: this.#project.folders.has(location) });
    }
    return target;
  }

  /**
   * What is asked for is there. A package may stand under the name of another one where something asks for that (`npm:name@range`):
   * everything else finds it there too. But the project gets what it asks for itself.
   */
  #judgeNames(): void {
    const fits = ({ names, entry }: Step): boolean => names.includes(entry.name);
    const places = (steps: readonly Step[]): ReadonlySet<string> => new Set(steps.map(({ entry }) => entry.location));
    const wanted = places(this.#steps.filter(fits));
    const wantedByProject = places(this.#steps.filter((step) => step.isOwn && fits(step)));
    for (const step of this.#steps) {
      const { entry, names, isAlias, isOwn } = step;
      const isAllowed = fits(step) || (!isAlias && (isOwn ? wantedByProject : wanted).has(entry.location));
      if (names.length > 0 && !isAllowed) {
        this.#contradicts(entry.location, `it is ${entry.name}, and ${names[0] ?? ""} is asked for`);
      }
    }
    for (const { entry, verdict } of this.#byLocation.values()) {
      const isNamedOtherwise = isSigned(verdict) && entry.name !== packagePlace(entry.location)?.name;
      if (isNamedOtherwise && !wanted.has(entry.location)) {
        this.#contradicts(entry.location, `it is ${entry.name}, and nothing asks for that under this name`);
      }
    }
  }

  #contradicts(location: string, words: string): void {
    this.#note(location, { tag: "contradicts", words });
  }

  #notCovered(location: string, why: "folder" | "dependency" | "integrity" | "shrinkwrap", words: string): void {
    this.#note(location, { tag: "not-covered", why, words });
  }

  #note(location: string, verdict: LockVerdict): void {
    const known = this.#found.get(location) ?? this.#byLocation.get(location)?.verdict;
    // An attack says more than something that is not covered.
    if (known === undefined || known.tag !== "contradicts" && (verdict.tag === "contradicts" || known.tag !== "not-covered")) {
      this.#found.set(location, verdict);
    }
  }
}

/** A dependency that leads to an entry. */
interface Step {
  readonly entry: LockEntry;
  /** Names of packages that may be there. */
  readonly names: readonly string[];
  /** Whether another name is asked for than the one that is looked for. */
  readonly isAlias: boolean;
  /** Whether the project asks. */
  readonly isOwn: boolean;
}

type Signed = Extract<LockVerdict, { readonly tag: "verified" | "unpinned" }>;

function claimedDependencies({ location, claims }: LockEntry): readonly Dependency[] {
  try {
    return dependenciesOf(claims);
  } catch (error) {
    throw error instanceof DependencyError ? new LockError(`the package at ${location}: ${error.message}`, { cause: error }) : error;
  }
}

/** The folder in whose `node_modules` a location is, directly or in packages; empty for the project itself. */
function folderOf(location: string): string {
  return location.slice(0, Math.max(`/${location}`.indexOf("/node_modules/") - 1, 0));
}

/** The project as an entry of its own lock file. */
function projectEntry({ path, folders }: Project): LockEntry {
  const claims = folders.get("")?.manifest ?? {};
  const [name, version] = ["name", "version"].map((field) => member(claims, field));
  return {
    location: "",
    name: typeof name === "string" ? name : path,
    version: typeof version === "string" ? version : "",
    origin: { tag: "own", val: "" },
    claims,
  };
}
