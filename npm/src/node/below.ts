/** Writes below a folder whose content somebody else may have made. */

import { type Stats } from "node:fs";
import { lstat, mkdir } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, sep } from "node:path";
import { codeOf } from "./replace.js";

/** What would lead a write out of the folder that it is meant for. */
export class LeadsElsewhere extends Error {
  override readonly name = "LeadsElsewhere";
  /** The symbolic link, or what else is in the place of a folder. */
  readonly path: string;

  constructor(path: string, how: string) {
    super(`${path} ${how}`);
    this.path = path;
  }
}

/**
 * Makes a folder, and those between it and `base`, which are missing. No link below `base` is followed: whoever made the content of
 * `base` would choose where folders and files are made.
 *
 * @throws {LeadsElsewhere} if a part of the path below `base` is a link, or no folder; the error of the operating system. Nothing is
 *   made behind that part.
 */
export async function makeFoldersBelow(base: string, path: string): Promise<void> {
  await mkdir(base, { recursive: true });
  for (const part of partsBelow(base, path)) {
    if (check(part, await look(part)) === undefined) {
      await mkdir(part).catch((error: unknown) => {
        if (codeOf(error) !== "EEXIST") {
          throw error;
        }
      });
      check(part, await look(part));
    }
  }
}

/**
 * Refuses a path that a link below `base` leads elsewhere. The path itself is looked at too. A path that is not below `base` is
 * somebody's own choice, and is not looked at.
 *
 * @throws {LeadsElsewhere}; the error of the operating system.
 */
export async function refuseLinksBelow(base: string, path: string): Promise<void> {
  for (const part of partsBelow(base, path)) {
    check(part, await look(part));
  }
}

/**
 * Refuses a file that a link below `base` leads elsewhere, or that is a link, a folder, a pipe or a device itself. One that is missing
 * is fine.
 *
 * @throws {LeadsElsewhere}; the error of the operating system.
 */
export async function refuseLinkedFile(base: string, path: string): Promise<void> {
  await refuseLinksBelow(base, dirname(path));
  const found = await look(path);
  if (found?.isFile() === false) {
    throw new LeadsElsewhere(path, found.isSymbolicLink() ? "is a symbolic link, which is not followed" : "is no regular file");
  }
}

/** The path and the folders above it, without `base` and from the outermost on; none if the path is not below `base`. */
function partsBelow(base: string, path: string): readonly string[] {
  const way = relative(base, path);
  if (way === "" || way === ".." || way.startsWith(`..${sep}`) || isAbsolute(way)) {
    return [];
  }
  const names = way.split(sep);
  return names.map((_name, index) => join(base, ...names.slice(0, index + 1)));
}

function check(path: string, found: Stats | undefined): Stats | undefined {
  if (found?.isSymbolicLink() === true) {
    throw new LeadsElsewhere(path, "is a symbolic link, which is not followed");
  }
  if (found?.isDirectory() === false) {
    throw new LeadsElsewhere(path, "is no folder");
  }
  return found;
}

async function look(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}
