/** What is said about a judged lock file, and what it comes to. */

import { integrityOf } from "../npm/integrity.js";
import type { LockEntry } from "../npm/lock.js";
import type { JudgedEntry, LockVerdict } from "../npm/lock-verdict.js";
import { ExitStatus } from "./exit-status.js";
import { Failure } from "./failure.js";
import type { Shell } from "./shell.js";

/** How many packages of a lock file came to which verdict. */
export interface Counts {
  readonly verified: number;
  readonly differs: number;
  readonly unpinned: number;
  readonly bundled: number;
  readonly own: number;
  readonly notCovered: number;
}

/** Counts the verdicts. */
export function count(judged: readonly JudgedEntry[]): Counts {
  const of = (tag: LockVerdict["tag"]): number => judged.filter(({ verdict }) => verdict.tag === tag).length;
  return {
    verified: of("verified"),
    differs: of("differs") + of("contradicts"),
    unpinned: of("unpinned"),
    bundled: of("bundled"),
    own: of("own"),
    notCovered: of("not-covered"),
  };
}

/** Tells a program about each package, and how many came to which verdict; `differs` counts the contradictions too. */
export function emit(path: string, judged: readonly JudgedEntry[], shell: Shell): void {
  for (const { entry, verdict } of judged) {
    const { location, name, version } = entry;
    shell.emit("tuf-package", { location, name, version, verdict: verdict.tag, ...facts(verdict) });
  }
  shell.emit("tuf-lock-judged", { lock: path, ...count(judged) });
}

/** Prints the packages that are not verified: the verdict, the package, the reason. */
export function print(judged: readonly JudgedEntry[], shell: Shell): void {
  for (const { entry, verdict } of judged) {
    const words = inWords(verdict);
    if (words !== undefined) {
      shell.result(words[0], nameOf(entry), words[1]);
    }
  }
}

/** The counts in one line. */
export function summary({ verified, differs, unpinned, bundled, own, notCovered }: Counts): string {
  const parts = [
    `${verified} verified`,
    `${differs} different`,
    `${unpinned + notCovered} not covered`,
    ...(bundled > 0 ? [`${bundled} inside of verified packages`] : []),
    ...(own > 0 ? [`${own} folders of the project`] : []),
  ];
  return parts.join(", ");
}

/** Refuses a lock file that demands other bytes than the signed ones, or says something else of a package. @throws {Failure} */
export function refuseDifferences(judged: readonly JudgedEntry[], counts: Counts): void {
  const different = judged.find(({ verdict }) => verdict.tag === "differs" || verdict.tag === "contradicts");
  if (different === undefined) {
    return;
  }
  const { entry, verdict } = different;
  const what =
    verdict.tag === "contradicts"
      ? `${entry.location}: ${verdict.words}`
      : `the lock file demands other bytes of ${entry.name}@${entry.version} than the signed ones`;
  const more = counts.differs > 1 ? `, and ${counts.differs - 1} more` : "";
  throw new Failure({
    message: `wrong software: ${what}${more}`,
    code: "wrong-software",
    status: ExitStatus.verificationFailed,
    help: "do not install; find out who changed the lock file, or tell the publisher of the repository",
  });
}

/** The failure of a lock file with packages that nobody vouches for. */
export function uncovered(judged: readonly JudgedEntry[], help: string): Failure {
  const uncovered = judged.filter(({ verdict }) => inWords(verdict)?.[0] === "not covered");
  const names = uncovered.slice(0, 5).map(({ entry }) => nameOf(entry));
  const more = uncovered.length > names.length ? `, and ${uncovered.length - names.length} more` : "";
  const absent = uncovered.every(({ verdict }) => verdict.tag === "not-covered" && verdict.why === "not-in-repository");
  return new Failure({
    message: `not covered: ${names.join(", ")}${more}`,
    code: absent ? "not-in-repository" : "not-covered",
    status: absent ? ExitStatus.notInRepository : ExitStatus.notCovered,
    help,
  });
}

function nameOf({ name, version }: LockEntry): string {
  return version === "" ? name : `${name}@${version}`;
}

/** The verdict and the reason, where a person has to know them. */
function inWords(verdict: LockVerdict): readonly [string, string] | undefined {
  switch (verdict.tag) {
    case "differs":
      return ["different", `locked ${verdict.locked.map(integrityOf).join(" ")}, signed ${integrityOf(verdict.signed)}`];
    case "contradicts":
      return ["different", verdict.words];
    case "unpinned":
      return ["not covered", "the lock file has no SHA-512 for it"];
    case "not-covered":
      return ["not covered", verdict.words];
    default:
      return undefined;
  }
}

function facts(verdict: LockVerdict): Readonly<Record<string, unknown>> {
  switch (verdict.tag) {
    case "verified":
    case "unpinned":
      return { path: verdict.target.path, role: verdict.target.role };
    case "differs":
      return { path: verdict.target.path, role: verdict.target.role, locked: verdict.locked, signed: verdict.signed };
    case "bundled":
      return { bundler: verdict.location };
    case "contradicts":
      return { message: verdict.words };
    case "not-covered":
      return { why: verdict.why, message: verdict.words };
    case "own":
      return {};
  }
}
