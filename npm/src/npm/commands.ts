/**
 * The commands of packages, linked into the `.bin` beside them as npm does it. To start npm for that takes longer than all the rest that
 * follows an installation. Whatever is not plain is left to npm.
 */

import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, posix, relative } from "node:path";
import type { InstalledPackage } from "./accounting.js";
import { isObject, type JsonObject, member } from "./json.js";
import { commandsOf, hasInstallScript } from "./manifest.js";
import type { PackageFiles } from "./tar.js";

/**
 * The paths of a package's commands by their names, if it has no script and npm would do nothing but link them: `undefined` where it
 * would do more, or would have to find out what is meant. A command without a file is none, as for npm.
 */
export function plainCommands(manifest: JsonObject, files: PackageFiles): ReadonlyMap<string, string> | undefined {
  const [name, bin] = [member(manifest, "name"), member(manifest, "bin")];
  const isPlain = bin === undefined ? member(manifest, "directories") === undefined : typeof bin === "string" || isObject(bin);
  if (!isPlain || typeof name !== "string" || hasInstallScript(manifest, files.has("binding.gyp"))) {
    return undefined;
  }
  const commands = [...commandsOf(manifest, name)];
  const folders = new Set([...files.keys()].flatMap(foldersAbove));
  const isOdd = ([command, path]: readonly [string, string]): boolean => {
    return folders.has(path) || command === "." || command === ".." || hasWindowsLine(files.get(path));
  };
  return commands.some(isOdd) ? undefined : new Map(commands.filter(([, path]) => files.has(path)));
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

/** Makes links in the folder of a project, and makes the files that they lead to executable. Nothing is at their places yet. */
export function linkCommands(project: string, links: CommandLinks): void {
  for (const [link, file] of links) {
    const [from, to] = [join(project, file), join(project, link)];
    mkdirSync(dirname(to), { recursive: true });
    symlinkSync(relative(dirname(to), from), to);
    chmodSync(from, 0o777 & ~process.umask());
  }
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/");
  return parts.slice(1).map((_part, index) => parts.slice(0, index + 1).join("/"));
}

/** Whether a script begins with `#!` and has the line end of Windows behind it, which npm takes away. */
function hasWindowsLine(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && /^#![^\n]+\r\n/.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1", 0, 4096));
}
