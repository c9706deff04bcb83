/** What npm says that it has installed, against what was handed out to it. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseLock } from "./lock.js";

/** npm installed what it did not get in this run. */
export class Unaccounted extends Error {
  override readonly name = "Unaccounted";
  /** Where. */
  readonly locations: readonly string[];

  constructor(locations: readonly string[]) {
    super(`npm has installed ${locations.join(", ")}, which the registry of this run did not hand out`);
    this.locations = locations;
  }
}

/**
 * The number of packages that npm installed in this project, by the list that it leaves in `node_modules`. Each was handed out in
 * this run (`served`, as `name@version`), or came in a tarball that was.
 *
 * @throws {Unaccounted} where one was not.
 * @throws {LockError} where the list is none.
 */
export async function account(project: string, served: ReadonlySet<string>): Promise<number> {
  const path = join(project, "node_modules", ".package-lock.json");
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") {
      return undefined;
    }
    throw cause;
  });
  if (text === undefined) {
    if (served.size > 0) {
      throw new Unaccounted([...served]);
    }
    return 0;
  }
  const installed = parseLock(text).entries.filter(({ origin }) => origin.tag !== "own");
  const missing = installed.filter(({ name, version, origin }) => {
    return origin.tag === "uncovered" || (origin.tag === "tarball" && !served.has(`${name}@${version}`));
  });
  if (missing.length > 0) {
    throw new Unaccounted(missing.map(({ location }) => location));
  }
  return installed.length;
}
