/** What a `package.json`, or an entry of a lock file, says that a package needs. */

import { posix } from "node:path";
import { isObject, type JsonObject, member } from "./json.js";
import { packageName } from "./package-name.js";

/** How much a package needs another. */
export type DependencyKind = "required" | "optional" | "peer" | "optional-peer" | "development";

/** A package that another one needs. */
export interface Dependency {
  /** The name under which it is looked for. */
  readonly name: string;
  /** Which one: a range of versions, an address, a folder. */
  readonly spec: string;
  readonly kind: DependencyKind;
}

/** Where npm looks for a dependency. */
export type DependencySource =
  /** In the registry, under this name: a version, a range, a tag, or an alias (`npm:name@range`) of one of them. */
  | { readonly tag: "registry"; readonly name: string }
  /** In a folder, by its path. */
  | { readonly tag: "folder"; readonly path: string }
  /** In a git repository, at a URL, in a file. */
  | { readonly tag: "elsewhere" };

/** A list of dependencies is none. */
export class DependencyError extends Error {
  override readonly name = "DependencyError";
}

/**
 * The dependencies of a package, one of each name. Where a name is in several lists the later list counts, as it does for npm: peers,
 * required, optional, development. Only a folder of the project has ones for development.
 *
 * @throws {DependencyError} for a list that is no object of texts.
 */
export function dependenciesOf(manifest: JsonObject, isOwn = false): readonly Dependency[] {
  const peers = member(manifest, "peerDependenciesMeta");
  const isOptional = (name: string): boolean => {
    const meta = isObject(peers) ? member(peers, name) : undefined;
    return isObject(meta) && Boolean(member(meta, "optional"));
  };
  const found = new Map<string, Dependency>();
  const put = (field: string, kind: (name: string) => DependencyKind): void => {
    for (const [name, spec] of listed(manifest, field)) {
      found.set(name, { name, spec, kind: kind(name) });
    }
  };
  put("peerDependencies", (name) => (isOptional(name) ? "optional-peer" : "peer"));
  put("dependencies", () => "required");
  put("optionalDependencies", () => "optional");
  if (isOwn) {
    put("devDependencies", () => "development");
  }
  return [...found.values()];
}

function listed(manifest: JsonObject, field: string): readonly (readonly [string, string])[] {
  const list = member(manifest, field);
  if (list === undefined || list === null) {
    return [];
  }
  if (!isObject(list)) {
    throw new DependencyError(`\`${field}\` is no JSON object`);
  }
  return Object.entries(list).map(([name, spec]) => {
    if (typeof spec !== "string") {
      throw new DependencyError(`\`${field}\` of ${name} is no text`);
    }
    return [name, spec];
  });
}

/**
 * Where npm looks for a dependency. Only what can be nothing else is of the registry: npm takes a text with a slash or a colon for a
 * git repository, a URL or a file, and one that begins with a dot or ends like an archive for a file.
 */
export function sourceOf({ name, spec }: Dependency): DependencySource {
  if (packageName(name) === undefined) {
    return { tag: "elsewhere" };
  }
  const alias = /^npm:(.*)$/i.exec(spec)?.[1];
  if (alias !== undefined) {
    const at = alias.indexOf("@", 1);
    const [target, range] = at < 0 ? [alias, ""] : [alias.slice(0, at), alias.slice(at + 1)];
    return packageName(target) !== undefined && isRange(range) ? { tag: "registry", name: target } : { tag: "elsewhere" };
  }
  if (isRange(spec)) {
    return { tag: "registry", name };
  }
  const path = /^file:(?!\/\/)(.+)$/i.exec(spec)?.[1] ?? (/^\.{1,2}(?:\/|$)/.test(spec) ? spec : undefined);
  const isFolder = path !== undefined && !isArchive(path) && !path.startsWith("/") && !path.includes("\\");
  return isFolder ? { tag: "folder", path: posix.normalize(path).replace(/\/$/, "") } : { tag: "elsewhere" };
}

function isRange(spec: string): boolean {
  return /^[^/\\:]*$/.test(spec) && !spec.trimStart().startsWith(".") && !isArchive(spec);
}

function isArchive(spec: string): boolean {
  return /\.(?:tgz|tar\.gz|tar)$/i.test(spec.trim());
}

/** The names of the packages that a package's tarball brings along, where the manifest says which; all that it needs for `true`. */
export function bundledNames(manifest: JsonObject): readonly string[] {
  const bundled = member(manifest, "bundleDependencies") ?? member(manifest, "bundledDependencies");
  if (bundled === true) {
    return dependenciesOf(manifest).flatMap(({ name, kind }) => (kind === "required" || kind === "optional" ? [name] : []));
  }
  if (isObject(bundled)) {
    return Object.keys(bundled);
  }
  return Array.isArray(bundled) ? bundled.filter((name) => typeof name === "string") : [];
}
