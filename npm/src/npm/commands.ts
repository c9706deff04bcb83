/**
 * The commands of packages, linked into the `.bin` beside them as npm does it. To start npm for that takes longer than all the rest that
 * follows an installation. Whatever is not plain is left to npm.
 */

import { chmodSync, mkdirSync, symlinkSync, unlinkSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import type { InstalledPackage } from "./accounting.js";
import { isObject, type JsonObject, member } from "./json.js";
import { commandsOf, hasInstallScript } from "./manifest.js";
import type { PackageFiles } from "./tar.js";

/**
 * The paths of a package's commands by their names, if it has no script and npm would do nothing but link them: `undefined` where it
 * would do more, would refuse it, or would have to find out what is meant.
 */
export function plainCommands(manifest: JsonObject, files: PackageFiles): ReadonlyMap<string, string> | undefined {
  const [name, bin] = [member(manifest, "name"), member(manifest, "bin")];
  const isKnown = !bin || typeof bin === "string" || isObject(bin);
  if (!isKnown || typeof name !== "string" || hasInstallScript(manifest, files.has("binding.gyp"))) {
    return undefined;
  }
  const commands = commandsOf(manifest, name);
  const hasFolder = commands.size === 0 && member(manifest, "directories") !== undefined;
  // npm makes a name of a path, and it decides which command has a name that two of them get.
  const isRenamed = isObject(bin) && Object.keys(bin).some((raw) => !commands.has(raw));
  const isOdd = [...commands].some(([command, path]) => isOddName(command) || isOddFile(files.get(path)));
  return hasFolder || isRenamed || isOdd || [...files.keys()].some(isInPlaceOfLink) ? undefined : commands;
}

/** Links to be made: where, and the file that each leads to. Below the project. */
export type CommandLinks = ReadonlyMap<string, string>;

/** The links of packages; `undefined` where npm has to decide, because it has to build one of them or two have one name. */
export function commandLinks(packages: readonly InstalledPackage[]): CommandLinks | undefined {
  const links = new Map<string, string>();
  const taken = new Set<string>();
  for (const { location, commands } of packages) {
    const modules = /^(?:.*\/)?node_modules(?=\/(?:@[^/]+\/)?[^/]+$)/.exec(location)?.[0];
    if (commands === undefined || modules === undefined) {
      return undefined;
    }
    for (const [name, path] of commands) {
      const link = posix.join(modules, ".bin", name);
      // A file system may take two names for one.
      const folded = link.toLowerCase();
      if (taken.has(folded)) {
        return undefined;
      }
      taken.add(folded);
      links.set(link, posix.join(location, path));
    }
  }
  return links;
}

/**
 * Makes links in the folder of a project, and makes the files that they lead to executable. Nothing should be at their places yet.
 * `false` where one of them cannot be made, for whatever reason: then none is left, and npm decides what follows.
 */
export function linkCommands(project: string, links: CommandLinks): boolean {
  const made: string[] = [];
  try {
    for (const [link, file] of links) {
      const [from, to] = [join(project, file), join(project, link)];
      mkdirSync(dirname(to), { recursive: true });
      symlinkSync(relative(dirname(to), from), to);
      made.push(to);
      chmodSync(from, 0o777 & ~process.umask());
    }
    return true;
  } catch {
    made.forEach(takeBack);
    return false;
  }
}

/** One that stays does no harm: npm makes the same. */
function takeBack(link: string): void {
  try {
    unlinkSync(link);
  } catch {
    // npm says what is wrong there.
  }
}

/** Most bytes of the name of a file. */
const MAX_NAME = 255;

/** Whether a name is none for a file, or disappears in npm, where it is a name of the language. */
function isOddName(name: string): boolean {
  return name.includes("\0") || name === "__proto__" || Buffer.byteLength(name) > MAX_NAME;
}

/**
 * Whether npm would rewrite a file, or have to look what it is. One that the package does not have can be a folder, one of another
 * package in its `node_modules`, or the same file where the case of letters does not count.
 */
function isOddFile(bytes: Uint8Array | undefined): boolean {
  return bytes === undefined || hasWindowsLine(bytes);
}

/** Whether a file that a package brings along is where links are made. npm takes it away. */
function isInPlaceOfLink(path: string): boolean {
  return /(?:^|\/)node_modules\/\.bin(?:\/|$)/i.test(path);
}

/** Whether a script begins with `#!` and has the line end of Windows behind it, which npm takes away. */
function hasWindowsLine(bytes: Uint8Array): boolean {
  return /^#![^\n]+\r\n/.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", 0, 4096));
}
