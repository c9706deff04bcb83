/**
 * Who can change what is at a path.
 *
 * | at the path, at each folder above it, and at each link on the way | may be |
 * |---|---|
 * | owner | one of the {@link Owners} |
 * | writable by everybody | a folder with the sticky bit alone |
 * | writable by its group | a folder with the sticky bit, or the owner's private group |
 *
 * In a folder with the sticky bit others can make files but not replace those of somebody else, so the owner of the file, or of the
 * link, decides. The native programs have the same rules (`tuf-files`); one table of cases tests both.
 */

import { lstatSync, readFileSync, readlinkSync, statSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/** The users whose files count. */
export type Owners = ReadonlySet<number>;

/** A path that somebody else can change. */
export interface Exposed {
  /** The file, link or folder: the path that was asked about, one above it, or one that a link on the way leads to. */
  readonly path: string;
  /** What follows the path in a sentence. */
  readonly how: string;
}

/**
 * Root and the user of this process; under `sudo` also the user who called it, as git has it. None where the system has no such
 * users: nothing can be checked there.
 */
export function ownersOfThisProcess(): Owners | undefined {
  const user = process.geteuid?.();
  if (user === undefined) {
    return undefined;
  }
  const caller = user === 0 ? process.env["SUDO_UID"] : undefined;
  return new Set([0, user, ...(caller !== undefined && /^\d{1,10}$/.test(caller) ? [Number(caller)] : [])]);
}

/**
 * Finds what somebody else can change: what is at the path, a folder above it, a link on the way, or what a link leads to. A missing
 * path is as safe as the nearest directory above it that is there, without the protection of a sticky bit: in a directory such as
 * `/tmp`, anybody can make what is missing.
 */
export function exposed(path: string, owners = ownersOfThisProcess()): Exposed | undefined {
  return owners && find(isAbsolute(path) ? path : `${process.cwd()}/${path}`, owners);
}

/**
 * Finds what lets somebody else put a program into a folder: as {@link exposed}, and the sticky bit does not protect. In a folder such
 * as `/tmp`, a program that is started by its name may be anybody's, whoever owns what is there now.
 */
export function exposedToNewFiles(folder: string, owners = ownersOfThisProcess()): Exposed | undefined {
  const { mode } = owners === undefined ? { mode: 0 } : statSync(folder);
  const isShared = (mode & STICKY) !== 0 && (mode & (GROUP | OTHERS)) !== 0;
  return exposed(folder, owners) ?? (isShared ? { path: folder, how: `lets others make files (mode ${octal(mode)})` } : undefined);
}

/** Links on the way to a file that are followed, as many as Linux follows. */
const MOST_LINKS = 40;

const GROUP = 0o020;
const OTHERS = 0o002;
const STICKY = 0o1000;

/**
 * Goes to the path as the system does, part by part, and looks at each folder, link and file on the way. Of several that somebody
 * else can change, the last is told: the one that is nearest to what was asked about.
 */
function find(path: string, owners: Owners): Exposed | undefined {
  const left = backwards(path);
  let here = "/";
  let folder = look(here);
  let exposed = judged(here, folder, owners);
  for (let links = MOST_LINKS, part = left.pop(); part !== undefined; part = left.pop()) {
    // What was passed has no links any more.
    const next = part === ".." ? dirname(here) : join(here, part);
    const found = look(next);
    if (found === undefined) {
      // The sticky bit protects what is there. What is missing, anybody who may write to the folder can make.
      const how = typeof folder === "object" ? writers(folder) : undefined;
      return how === undefined ? exposed : { path: here, how };
    }
    if (typeof found === "string") {
      return exposed ?? { path: next, how: found };
    }
    exposed = judged(next, found, owners) ?? exposed;
    if (!found.isSymbolicLink()) {
      [here, folder] = [next, found];
      continue;
    }
    if (links-- === 0) {
      return { path: next, how: "cannot be looked at: too many symbolic links" };
    }
    const target = readlinkSync(next);
    if (isAbsolute(target)) {
      [here, folder] = ["/", look("/")];
    }
    left.push(...backwards(target));
  }
  return exposed;
}

/** The parts of a path, the last one first. */
function backwards(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".").reverse();
}

function judged(path: string, found: Stats | string | undefined, owners: Owners): Exposed | undefined {
  const how = typeof found === "object" ? exposure(found, owners) : found;
  return how === undefined ? undefined : { path, how };
}

function look(path: string): Stats | string | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? undefined : `cannot be looked at: ${message}`;
  }
}

function exposure(found: Stats, owners: Owners): string | undefined {
  if (!owners.has(found.uid)) {
    return `belongs to user ${found.uid}`;
  }
  // The bits of a link say nothing: its owner, or who can write to its folder, replaces it.
  if (found.isSymbolicLink() || (found.isDirectory() && (found.mode & STICKY) !== 0)) {
    return undefined;
  }
  return writers(found);
}

/** Who may write to a file or folder that belongs to one of the owners, by its permission bits. */
function writers(found: Stats): string | undefined {
  if (found.isSymbolicLink()) {
    return undefined;
  }
  const mode = octal(found.mode);
  if ((found.mode & OTHERS) !== 0) {
    return `can be written by everybody (mode ${mode})`;
  }
  // Where there is an access list, these bits are the most that it grants to anybody.
  if ((found.mode & GROUP) !== 0 && !isPrivate(found.gid, found.uid)) {
    return `can be written by group ${found.gid} (mode ${mode})`;
  }
  return undefined;
}

function octal(mode: number): string {
  return (mode & 0o7777).toString(8).padStart(4, "0");
}

/**
 * Whether nobody but this user is in the group: it is the primary group of this user alone, and has no other members. With the
 * umask 002 of many systems every file is writable by such a group. A user or group that is in no local file is not known to be alone.
 */
function isPrivate(gid: number, uid: number): boolean {
  const [user, ...others] = lines("/etc/passwd").filter((fields) => fields[3] === String(gid));
  if (user === undefined || others.length > 0 || user[2] !== String(uid)) {
    return false;
  }
  const groups = lines("/etc/group").filter((fields) => fields[2] === String(gid));
  const members = groups.flatMap((fields) => (fields[3] ?? "").split(","));
  return groups.length > 0 && members.every((member) => member === "" || member === user[0]);
}

function lines(path: string): readonly (readonly string[])[] {
  try {
    return readFileSync(path, "utf8").split("\n").map((line) => line.split(":"));
  } catch {
    return [];
  }
}
