/** What an entry of a lock file says of its package, against what is signed of that package alone. */

import { bundledNames, dependenciesOf, type Dependency, DependencyError } from "./dependencies.js";
import { isObject, type JsonObject, member } from "./json.js";
import type { LockEntry } from "./lock.js";
import { commandsOf, hasInstallScript } from "./manifest.js";
import type { PackageFiles } from "./tar.js";

/** What is signed of a package, as far as an entry may repeat it. */
export interface SignedFacts {
  readonly manifest: JsonObject;
  readonly commands: ReadonlyMap<string, string>;
  readonly hasInstallScript: boolean;
  readonly hasShrinkwrap: boolean;
}

/** What the signed document of a package lists of a version. `name` is the package's. */
export function ofDocument(listed: JsonObject, name: string): SignedFacts {
  return {
    manifest: listed,
    commands: commandsOf(listed, name),
    hasInstallScript: member(listed, "hasInstallScript") === true || hasInstallScript(listed, false),
    hasShrinkwrap: member(listed, "_hasShrinkwrap") === true,
  };
}

/** What is in a signed tarball. `folder` is that of the package in it: empty, or with a slash at its end. */
export function ofFiles(manifest: JsonObject, name: string, files: PackageFiles, folder: string): SignedFacts {
  const own = [...files.keys()].flatMap((path) => (path.startsWith(folder) ? [path.slice(folder.length)] : []));
  return {
    manifest,
    commands: commandsOf(manifest, name, own),
    hasInstallScript: hasInstallScript(manifest, own.includes("binding.gyp")),
    hasShrinkwrap: own.includes("npm-shrinkwrap.json"),
  };
}

/** A member of an entry that npm never writes there; `undefined` if there is none. npm would take it for a part of a `package.json`. */
export function unknownMember({ claims }: LockEntry): string | undefined {
  return Object.keys(claims).find((name) => !MEMBERS.has(name));
}

/** The first field in which an entry differs from what is signed to an attacker's advantage. */
export function difference(entry: LockEntry, dependencies: readonly Dependency[], signed: SignedFacts): string | undefined {
  const { manifest } = signed;
  const claim = (name: string): unknown => member(entry.claims, name);
  if (asText(dependencies) !== asText(signedDependencies(manifest))) {
    return "dependencies";
  }
  // What the lock file leaves out here makes npm install more, and verify more.
  const differs = ["os", "cpu", "libc", "engines", "acceptDependencies"].find((name) => {
    return claim(name) !== undefined && listText(claim(name)) !== listText(member(manifest, name));
  });
  if (differs !== undefined) {
    return differs;
  }
  const bundled = new Set(bundledNames(manifest));
  if (bundledNames(entry.claims).some((name) => !bundled.has(name))) {
    return "bundleDependencies";
  }
  // What it leaves out of these makes npm link and run less.
  if (!isPart(commandsOf(entry.claims, entry.name), signed.commands)) {
    return "bin";
  }
  return (["hasInstallScript", "hasShrinkwrap"] as const).find((name) => claim(name) === true && !signed[name]);
}

/** What npm writes into an entry. The flags among them are judged in `lock-needs.ts`, or say where the bytes come from. */
const MEMBERS: ReadonlySet<string> = new Set([
  ...["name", "version", "resolved", "integrity", "link", "inBundle"],
  ...["dev", "optional", "devOptional", "peer", "extraneous", "ideallyInert"],
  ...["dependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta", "acceptDependencies"],
  ...["bundleDependencies", "bundledDependencies", "os", "cpu", "libc", "engines", "bin", "hasInstallScript", "hasShrinkwrap"],
  // npm goes by these in the project alone, or prints them.
  ...["devDependencies", "workspaces", "deprecated", "funding", "license"],
]);

function isPart(commands: ReadonlyMap<string, string>, all: ReadonlyMap<string, string>): boolean {
  return [...commands].every(([name, path]) => all.get(name) === path);
}

/** What npm does not take for a list of dependencies is none. */
function signedDependencies(signed: JsonObject): readonly Dependency[] {
  try {
    return dependenciesOf(signed);
  } catch (error) {
    if (error instanceof DependencyError) {
      return [];
    }
    throw error;
  }
}

function asText(dependencies: readonly Dependency[]): string {
  return JSON.stringify(dependencies.map(({ name, kind, spec }) => [name, kind, spec]).sort());
}

/** One text stands for a list of one. */
function listText(value: unknown): string {
  const entries = isObject(value) || Array.isArray(value) ? Object.entries(value) : value === undefined ? [] : [["0", value]];
  return JSON.stringify(entries.sort());
}
