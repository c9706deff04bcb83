/** The lock file of a project. */

import { dirname, join, resolve } from "node:path";
import { readRegular } from "../node/regular-file.js";
import { type Lock, LockError, parseLock } from "../npm/lock.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable } from "./failure.js";

/** The names under which npm looks for it, in npm's order. */
const NAMES = ["npm-shrinkwrap.json", "package-lock.json"];

/** Most bytes of a lock file. */
const MAX_LOCK = 128 << 20;

/** A lock file that was read. */
export interface LockFile {
  readonly path: string;
  /** The folder of the project. */
  readonly project: string;
  readonly lock: Lock;
}

/**
 * Reads the lock file of this name, or the one that npm takes in this folder.
 *
 * @throws {Failure} where there is none; {@link LockError} where it cannot be read as one.
 */
export async function readLock(folder: string, name: string | undefined): Promise<LockFile> {
  for (const candidate of name === undefined ? NAMES : [name]) {
    const path = name === undefined ? join(folder, candidate) : resolve(folder, candidate);
    const file = await readRegular(path, MAX_LOCK).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === "ENOENT" && name === undefined) {
        return undefined;
      }
      throw fileUnusable("read", path, cause);
    });
    if (file !== undefined) {
      return { path, project: dirname(path), lock: parsed(path, new TextDecoder().decode(file.bytes)) };
    }
  }
  throw new Failure({
    message: `there is no ${NAMES.join(" or ")} in ${folder}`,
    code: "no-lock",
    status: ExitStatus.usage,
    help: "write one with `npm install --package-lock-only`, or go to the folder of the project",
  });
}

function parsed(path: string, text: string): Lock {
  try {
    return parseLock(text);
  } catch (error) {
    throw error instanceof LockError ? new LockError(`${path}: ${error.message}`, { cause: error.cause, help: error.help }) : error;
  }
}
