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
  return owners && find(isAbsolute(path) ? path : join(process.cwd(), path), owners, MOST_LINKS);
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

function find(path: string, owners: Owners, links: number): Exposed | undefined {
  let isMissing = false;
  for (let part = path; ; part = dirname(part)) {
    const found = look(part);
    if (typeof found === "string") {
      return { path: part, how: found };
    }
    if (found === undefined) {
      isMissing = true;
    } else {
      // The sticky bit protects what is there. What is missing, anybody who may write to the folder can make.
      const how = exposure(found, owners) ?? (isMissing ? writers(found) : undefined);
      isMissing = false;
      if (how !== undefined) {
        return { path: part, how };
      }
      if (found.isSymbolicLink()) {
        const behind =
          links === 0
            ? { path: part, how: "cannot be looked at: too many symbolic links" }
            : find(behindLink(part), owners, links - 1);
        if (behind !== undefined) {
          return behind;
        }
      }
    }
    if (part === dirname(part)) {
      return undefined;
    }
  }
}

/** Where a link leads. `..` stays: the system goes up from where the link before it leads, and not from its text. */
function behindLink(link: string): string {
  const target = readlinkSync(link);
  return isAbsolute(target) ? target : `${dirname(link)}/${target}`;
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
