/** What a repository says of each package of a lock file. */

import type { TargetFile } from "../target-file.js";
import type { Lookup } from "../target-file.js";
import { sha512Digests } from "./integrity.js";
import { tarballPath } from "./layout.js";
import type { LockEntry, Tarball, Uncovered } from "./lock.js";
import { forEach } from "./side-by-side.js";

/** What a repository says of one package. */
export type LockVerdict =
  /** The lock file demands the bytes of this signed target. */
  | { readonly tag: "verified"; readonly target: TargetFile; readonly tarball: Tarball }
  /** The lock file demands other bytes than the signed ones. SHA-512, hexadecimal. */
  | { readonly tag: "differs"; readonly target: TargetFile; readonly locked: readonly string[]; readonly signed: string }
  /** The lock file says of it what its signed bytes do not say. */
  | { readonly tag: "contradicts"; readonly words: string }
  /** There is a signed target, and the lock file does not say which bytes it wants. */
  | { readonly tag: "unpinned"; readonly target: TargetFile; readonly tarball: Tarball }
  /** It is said to be part of the verified tarball of the package at this location. */
  | { readonly tag: "bundled"; readonly location: string }
  /** It is said to be a folder of the project. */
  | { readonly tag: "own" }
  /** Nobody vouches for it. */
  | { readonly tag: "not-covered"; readonly why: NotCovered; readonly words: string };

/** Why nobody vouches for a package. */
export type NotCovered =
  | Uncovered
  | "not-in-repository"
  | "no-sha512"
  | "integrity"
  | "bundled-in-uncovered"
  | "dependency"
  | "shrinkwrap";

/** A package of a lock file, and what the repository says of it. */
export interface JudgedEntry {
  readonly entry: LockEntry;
  readonly verdict: LockVerdict;
}

/** Searches a target. */
export type Search = (path: string) => Promise<Lookup>;

/**
 * Looks every package of a lock file up, several at a time, and compares what the lock file demands with what is signed. The verdicts are
 * in the order of the lock file.
 *
 * @throws what kept the search from an answer.
 */
export async function judgeLock(
  entries: readonly LockEntry[],
  search: Search,
  judged: (done: number) => void = () => undefined,
): Promise<readonly JudgedEntry[]> {
  const verdicts = new Map<LockEntry, LockVerdict>();
  await forEach(entries, async (entry) => {
    verdicts.set(entry, await judge(entry, search));
    judged(verdicts.size);
  });
  return withBundled(entries.flatMap((entry) => [verdicts.get(entry)].flatMap((verdict) => (verdict === undefined ? [] : [{ entry, verdict }]))));
}

async function judge(entry: LockEntry, search: Search): Promise<LockVerdict> {
  const { origin } = entry;
  switch (origin.tag) {
    case "own":
      return { tag: "own" };
    case "bundled":
      return { tag: "bundled", location: origin.val };
    case "uncovered":
      return { tag: "not-covered", why: origin.val, words: origin.words };
    case "tarball":
      return judgeTarball(origin.val, search);
  }
}

async function judgeTarball(tarball: Tarball, search: Search): Promise<LockVerdict> {
  const lookup = await search(tarballPath(tarball.name, tarball.version));
  if (lookup.tag === "not-found") {
    return { tag: "not-covered", why: "not-in-repository", words: lookup.val.message };
  }
  const target = lookup.val;
  const signed = target.hashes["sha512"];
  if (signed === undefined) {
    return { tag: "not-covered", why: "no-sha512", words: "the repository lists no SHA-512 for it" };
  }
  const locked = sha512Digests(tarball.integrity ?? "");
  if (locked.length === 0) {
    return { tag: "unpinned", target, tarball };
  }
  const same = locked.every((digest) => digest === signed);
  return same ? { tag: "verified", target, tarball } : { tag: "differs", target, locked, signed };
}

/** What is bundled is as good as the package that brings it along. */
function withBundled(judged: readonly JudgedEntry[]): readonly JudgedEntry[] {
  const covered = new Set(
    judged.filter(({ verdict }) => isSigned(verdict)).map(({ entry }) => entry.location),
  );
  return judged.map(({ entry, verdict }) => {
    if (verdict.tag !== "bundled" || covered.has(verdict.location)) {
      return { entry, verdict };
    }
    const words = `it is part of ${verdict.location}, which is not verified`;
    return { entry, verdict: { tag: "not-covered", why: "bundled-in-uncovered", words } };
  });
}

/** Whether the bytes that are installed can only be those of a signed target. */
export function isSigned(verdict: LockVerdict): verdict is Extract<LockVerdict, { readonly tag: "verified" | "unpinned" }> {
  return verdict.tag === "verified" || verdict.tag === "unpinned";
}
