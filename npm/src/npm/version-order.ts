/** The order of versions (Semantic Versioning 2.0.0, 11). */

/** Negative where `one` is older than `other`, positive where it is newer. Both are whole versions. */
export function compareVersions(one: string, other: string): number {
  const [core, prerelease] = parts(one);
  const [otherCore, otherPrerelease] = parts(other);
  return compareLists(core, otherCore) || comparePrereleases(prerelease, otherPrerelease);
}

/** Whether a version is a pre-release. */
export function isPrerelease(version: string): boolean {
  return parts(version)[1].length > 0;
}

function parts(version: string): readonly [readonly string[], readonly string[]] {
  const [whole = ""] = version.split("+", 1);
  const dash = whole.indexOf("-");
  const core = dash < 0 ? whole : whole.slice(0, dash);
  return [core.split("."), dash < 0 ? [] : whole.slice(dash + 1).split(".")];
}

/** A version without a pre-release is newer than one with. */
function comparePrereleases(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 || other.length === 0) {
    return other.length - one.length === 0 ? 0 : one.length === 0 ? 1 : -1;
  }
  return compareLists(one, other);
}

function compareLists(one: readonly string[], other: readonly string[]): number {
  for (let index = 0; index < Math.max(one.length, other.length); index += 1) {
    const order = compareIdentifiers(one[index], other[index]);
    if (order !== 0) {
      return order;
    }
  }
  return 0;
}

/** Fewer identifiers are older; numbers are older than words. */
function compareIdentifiers(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) {
    return one === other ? 0 : one === undefined ? -1 : 1;
  }
  const [isNumber, otherIsNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (isNumber && otherIsNumber) {
    const difference = BigInt(one) - BigInt(other);
    return difference === 0n ? 0 : difference < 0n ? -1 : 1;
  }
  if (isNumber !== otherIsNumber) {
    return isNumber ? -1 : 1;
  }
  return one === other ? 0 : one < other ? -1 : 1;
}
