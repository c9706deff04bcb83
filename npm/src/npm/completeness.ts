/** Whether an installation has what is needed, and each package under the name that it is asked for by. */

import { type Installed, Unaccounted } from "./accounting.js";
import { type DependencyKind, sourceOf } from "./dependencies.js";
import { findDependency } from "./place.js";
import type { Project } from "./project.js";

/**
 * Checks that whatever is needed is installed, and that each name leads to the package that is asked for. npm leaves out what its lock
 * file calls optional. `needed` are the folders of the project whose dependencies were to be installed, `kinds` the kinds of them.
 *
 * @throws {Unaccounted} where something is missing, or another package is in its place.
 */
export function checkDependencies(
  installed: Installed,
  project: Project,
  needed: readonly string[],
  kinds: readonly DependencyKind[] = ["required"],
): void {
  const askers = [
    ...needed.map((location) => ({ location, dependencies: project.folders.get(location)?.dependencies ?? [] })),
    ...installed.packages.values(),
  ];
  const steps = askers.flatMap(({ location, dependencies }) => {
    return dependencies.map((dependency) => ({ location, dependency, at: findInstalled(installed, location, dependency.name) }));
  });
  const missing = steps.find(({ at, dependency }) => at === undefined && kinds.includes(dependency.kind));
  if (missing !== undefined) {
    throw new Unaccounted(`npm has left out ${missing.dependency.name}, which ${missing.location || "the project"} needs`);
  }
  const [lost] = installed.lost;
  if (lost !== undefined) {
    // It need not be needed. But npm takes away what it does not get as the lock file wants it.
    throw new Unaccounted(`npm got ${lost.name} for ${lost.locations.join(", ")}, and has not installed it`);
  }
  const named = steps.flatMap(({ location, dependency, at }) => {
    const found = installed.packages.get(at ?? "");
    const names = [dependency.spec, ...project.overrides(dependency.name)].flatMap((spec) => {
      const source = sourceOf({ ...dependency, spec });
      return source.tag === "registry" ? [source.name] : [];
    });
    const isBound = found !== undefined && !found.isBundled && names.length > 0;
    return isBound ? [{ location, found, names, isAlias: names[0] !== dependency.name }] : [];
  });
  // Where something asks for a package under the name of another one, everything else finds it there too.
  const wanted = new Set(named.filter(({ found, names }) => names.includes(found.name)).map(({ found }) => found));
  const other = named.find(({ found, names, isAlias }) => !names.includes(found.name) && (isAlias || !wanted.has(found)));
  if (other !== undefined) {
    const { found, location, names } = other;
    throw new Unaccounted(`${found.location} is ${found.name}, and ${location || "the project"} asks for ${names[0] ?? ""}`);
  }
}

/** Where a package finds another one: its location, or the folder of the project that it is. */
export function findInstalled({ packages, links }: Installed, location: string, name: string): string | undefined {
  const at = findDependency(location, name, (candidate) => packages.has(candidate) || links.has(candidate));
  return at === undefined ? undefined : (links.get(at) ?? at);
}
