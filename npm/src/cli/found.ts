/** A target that a command cannot do without. */

import { TargetNotFound } from "../errors.js";
import type { TargetFile } from "../target-file.js";
import type { Repository } from "./repository.js";

/** Searches a target. @throws {TargetNotFound} where there is none. */
export async function found(repository: Repository, path: string, signal: AbortSignal): Promise<TargetFile> {
  const lookup = await repository.updater.search(path, { signal });
  if (lookup.tag === "not-found") {
    throw new TargetNotFound(path, lookup.val);
  }
  return lookup.val;
}

/** What is told about a target. */
export function targetFacts(target: TargetFile): Readonly<Record<string, unknown>> {
  const { path, length, hashes, custom, role } = target;
  const waived = target.waived.map(({ code, message }) => ({ code, message }));
  return { path, length, hashes, custom, role, waived };
}
