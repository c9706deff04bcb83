/** The project that a lock file is of: what belongs to it, by its own `package.json` files and by nothing that the lock file says. */

import { realpath } from "node:fs/promises";
import { join, posix, sep } from "node:path";
import { NotRegular, readRegular } from "../node/regular-file.js";
import { dependenciesOf, type Dependency, DependencyError, sourceOf } from "./dependencies.js";
import { isObject, type JsonObject, member } from "./json.js";
import { parsedManifest } from "./manifest.js";
import { TarError } from "./tar.js";

/** Most bytes of a `package.json`. */
const MAX_MANIFEST = 16 << 20;

/** A folder of the project. */
export interface OwnFolder {
  /** Its `package.json`. */
  readonly manifest: JsonObject;
  /** What it needs. */
  readonly dependencies: readonly Dependency[];
}

/** A `package.json` of the project cannot be used. */
export class ProjectError extends Error {
  override readonly name = "ProjectError";
}

/** A project. */
export class Project {
  /** The whole path of its folder. */
  readonly path: string;
  /** Folders with a `package.json` that the project declares, by their paths below it; its own folder is the empty path. */
  readonly folders: ReadonlyMap<string, OwnFolder>;
  /** Those of the folders that npm installs for: the project and its workspaces. */
  readonly roots: readonly string[];
  readonly #overrides: ReadonlyMap<string, readonly string[]>;

  private constructor(
    path: string,
    folders: ReadonlyMap<string, OwnFolder>,
    roots: readonly string[],
    overrides: ReadonlyMap<string, readonly string[]>,
  ) {
    this.path = path;
    this.folders = folders;
    this.roots = roots;
    this.#overrides = overrides;
  }

  /**
   * Reads a project. Of the `candidates` (paths below it) those belong to it that its `workspaces` name, or that a folder of the
   * project depends on by their path.
   *
   * @throws {ProjectError} where a `package.json` is missing or malformed.
   */
  static async read(path: string, candidates: readonly string[]): Promise<Project> {
    const root = await ownFolder(path, "");
    const isWorkspace = workspaceMatcher(root.manifest);
    const folders = new Map([["", root]]);
    const add = async (location: string): Promise<void> => {
      folders.set(location, await ownFolder(path, location));
    };
    for (const location of candidates.filter(isWorkspace)) {
      await add(location);
    }
    const roots = [...folders.keys()];
    // What a folder depends on by its path may depend on another one.
    for (const [location, { dependencies }] of folders) {
      for (const dependency of dependencies) {
        const target = folderOf(location, dependency);
        if (target !== undefined && candidates.includes(target) && !folders.has(target)) {
          await add(target);
        }
      }
    }
    return new Project(path, folders, roots, overridesOf(root.manifest));
  }

  /** The values of the project's `overrides` for a dependency of this name. */
  overrides(name: string): readonly string[] {
    return this.#overrides.get(name) ?? [];
  }

  /** Every name that has overrides, with their values. */
  allOverrides(): Iterable<readonly [string, readonly string[]]> {
    return this.#overrides;
  }

  /** Whether a folder of the project has this name: its own, or one by which a folder of the project depends on it. */
  isKnownAs(target: string, name: string): boolean {
    const isOwnName = member(this.folders.get(target)?.manifest ?? {}, "name") === name;
    return isOwnName || [...this.folders].some(([location, { dependencies }]) => {
      return dependencies.some((one) => one.name === name && this.isDeclared(location, one, target));
    });
  }

  /** Whether a dependency of a folder of the project is this folder. */
  isDeclared(location: string, dependency: Dependency, target: string): boolean {
    const isNamed = member(this.folders.get(target)?.manifest ?? {}, "name") === dependency.name;
    return folderOf(location, dependency) === target || (isNamed && sourceOf(dependency).tag === "registry");
  }
}

/** The path below the project of the folder that a dependency of the folder at `location` names. */
function folderOf(location: string, dependency: Dependency): string | undefined {
  const source = sourceOf(dependency);
  const path = source.tag === "folder" ? posix.join(location, source.path) : undefined;
  return path === undefined || path === "." || path.startsWith("..") ? undefined : path;
}

async function ownFolder(project: string, location: string): Promise<OwnFolder> {
  const file = join(project, location, "package.json");
  try {
    const real = await realpath(join(project, location));
    const root = await realpath(project);
    if (real !== root && !real.startsWith(`${root}${sep}`)) {
      throw new ProjectError(`${location} leads out of the project`);
    }
    const manifest = parsedManifest((await readRegular(file, MAX_MANIFEST)).bytes);
    if (!isObject(manifest)) {
      throw new ProjectError(`${file} is no JSON object`);
    }
    return { manifest, dependencies: dependenciesOf(manifest, true) };
  } catch (error) {
    const isKnown = error instanceof TarError || error instanceof DependencyError || error instanceof NotRegular;
    const reason = isKnown ? error.message : error instanceof Error && "syscall" in error ? "it cannot be read" : undefined;
    throw reason === undefined ? error : new ProjectError(`${file}: ${reason}`, { cause: error });
  }
}

/** Whether a path below the project is a workspace, by the patterns of `workspaces`; the last pattern that matches decides. */
function workspaceMatcher(manifest: JsonObject): (location: string) => boolean {
  const declared = member(manifest, "workspaces");
  const list = isObject(declared) ? member(declared, "packages") : declared;
  const patterns = (Array.isArray(list) ? (list as readonly unknown[]) : []).filter((one) => typeof one === "string");
  const rules = patterns.map((pattern) => {
    const negations = /^!*/.exec(pattern)?.[0].length ?? 0;
    return { matches: patternMatcher(pattern.slice(negations)), isIncluded: negations % 2 === 0 };
  });
  return (location) => rules.findLast(({ matches }) => matches.test(location))?.isIncluded === true;
}

/** A pattern of paths: `*` and `?` within one part, `**` for any number of parts, `{a,b}` for one of several. */
function patternMatcher(pattern: string): RegExp {
  const plain = posix.normalize(pattern.replace(/^(?:\.?\/)+/, "")).replace(/\/+$/, "");
  let depth = 0;
  const source = plain.replace(/\*\*\/|\/\*\*$|\*|\?|\{|\}|,|[.+^$()|[\]\\]/g, (found) => {
    switch (found) {
      case "**/":
        return "(?:[^/]+/)*";
      case "/**":
        return "(?:/[^/]+)*";
      case "*":
        return "[^/]*";
      case "?":
        return "[^/]";
      case "{":
        depth += 1;
        return "(?:";
      case "}":
        depth -= 1;
        return ")";
      case ",":
        return depth > 0 ? "|" : ",";
      default:
        return `\\${found}`;
    }
  });
  try {
    return new RegExp(`^(?:${source})$`);
  } catch (cause) {
    throw new ProjectError(`\`workspaces\` has a pattern that cannot be read: ${pattern}`, { cause });
  }
}

/** The values of `overrides` by the name of the dependency that they replace, wherever in the tree they count. */
function overridesOf(manifest: JsonObject): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  const put = (name: string, value: string): void => void found.set(name, [...(found.get(name) ?? []), value]);
  const walk = (value: JsonObject, parent: string | undefined): void => {
    for (const [key, inner] of Object.entries(value)) {
      const at = key.indexOf("@", 1);
      const name = key === "." ? parent : at < 0 ? key : key.slice(0, at);
      if (typeof inner === "string" && name !== undefined) {
        put(name, referred(manifest, inner));
      } else if (isObject(inner)) {
        walk(inner, name);
      }
    }
  };
  const declared = member(manifest, "overrides");
  if (isObject(declared)) {
    walk(declared, undefined);
  }
  return found;
}

/** `$name` stands for what the project itself says of that name. */
function referred(manifest: JsonObject, value: string): string {
  const name = value.startsWith("$") ? value.slice(1) : undefined;
  const own = name === undefined ? undefined : dependenciesOf(manifest, true).find((one) => one.name === name);
  return own?.spec ?? value;
}
