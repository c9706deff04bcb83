/** What a client works with outside of the module. */

import type { Source } from "../source/source.js";
import type { Store } from "../store/store.js";
import type { Progress } from "./progress.js";

/** One source of a repository. */
export interface Mirror {
  /** As a person knows it: its location, or its place in the list. */
  readonly name: string;
  readonly source: Source;
}

/** Mirrors, in the order in which the module knows them; the trusted store; a person who waits. */
export interface Outside {
  readonly mirrors: readonly Mirror[];
  readonly store: Store;
  readonly progress: (progress: Progress) => void;
}

/** Sources become mirrors. */
export function mirrorsOf(sources: readonly Source[]): readonly Mirror[] {
  return sources.map((source, place) => ({ source, name: source.location ?? `mirror ${place + 1}` }));
}
