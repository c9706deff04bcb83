/**
 * What the packages of a lock file are needed for, by the dependencies that are signed and not by the flags of the file.
 *
 * npm believes the flags. It deletes what needs a package that is said to be optional and cannot be installed: a false `optional`
 * makes it delete the folder of the project.
 */

import { type Dependency, type DependencyKind, dependenciesOf } from "./dependencies.js";
import { member } from "./json.js";
import type { JudgedEntry } from "./lock-verdict.js";
import { findDependency } from "./place.js";
import type { Project } from "./project.js";

const OPTIONAL: readonly DependencyKind[] = ["optional", "optional-peer"];
const DEVELOPMENT: readonly DependencyKind[] = ["development"];

/** For each flag, the kinds of dependencies by one of which a package has to be reached wherever it is reached. */
const FLAGS: readonly (readonly [string, readonly DependencyKind[]])[] = [
  ["optional", OPTIONAL],
  ["dev", DEVELOPMENT],
  ["devOptional", [...OPTIONAL, ...DEVELOPMENT]],
  // npm 11.4 leaves out the second whatever needs it. npm writes the first for what nothing leads to.
  ["extraneous", []],
  ["ideallyInert", OPTIONAL],
];

/**
 * Locations with a flag that their package does not deserve, and the flag. `peer` is not among the flags: npm leaves nothing out for it
 * but what it is told to, and its own versions differ in where they write it.
 *
 * @throws {DependencyError} for an entry whose dependencies cannot be read.
 */
export function falseFlags(judged: readonly JudgedEntry[], project: Project): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [flag, kinds] of FLAGS) {
    const reached = reachable(judged, project, kinds);
    for (const { entry } of judged) {
      if (member(entry.claims, flag) === true && reached.has(entry.location)) {
        found.set(entry.location, flag);
      }
    }
  }
  return found;
}

/** What npm may be told to leave out. */
export type Omitted = "dev" | "peer";

/** Locations that the project cannot do without, where npm leaves out these. */
export function neededLocations(judged: readonly JudgedEntry[], project: Project, omitted: ReadonlySet<Omitted>): ReadonlySet<string> {
  const peers: readonly DependencyKind[] = omitted.has("peer") ? ["peer"] : [];
  return reachable(judged, project, [...OPTIONAL, ...(omitted.has("dev") ? DEVELOPMENT : []), ...peers]);
}

/** Locations that the project and its workspaces lead to, without a dependency of one of these kinds. */
function reachable(judged: readonly JudgedEntry[], project: Project, without: readonly DependencyKind[]): ReadonlySet<string> {
  const entries = new Map(judged.map(({ entry }) => [entry.location, entry]));
  const found = new Set<string>();
  const queue = [...project.roots];
  const dependencies = (location: string): readonly Dependency[] => {
    return project.folders.get(location)?.dependencies ?? dependenciesOf(entries.get(location)?.claims ?? {});
  };
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const { name, kind } of dependencies(at)) {
      const target = without.includes(kind) ? undefined : findDependency(at, name, (location) => entries.has(location));
      const origin = entries.get(target ?? "")?.origin;
      // A link leads to a folder, which has an entry of its own.
      for (const location of [target, origin?.tag === "own" ? origin.val : undefined]) {
        if (location !== undefined && !found.has(location)) {
          found.add(location);
          queue.push(location);
        }
      }
    }
  }
  return found;
}
