/** Which process holds the lock of a file. */

import { readdirSync, readFileSync, statSync, type BigIntStats } from "node:fs";

/**
 * The process that holds the lock of a file, in words: `process 41 (node) of user 1000`. None where the system does not tell: only
 * Linux does, and of the processes of other users it tells only of those that took the lock themselves.
 */
export function lockHolder(path: string): string | undefined {
  if (process.platform !== "linux") {
    return undefined;
  }
  const pid = orNothing(() => find(statSync(path, { bigint: true })));
  if (pid === undefined) {
    return undefined;
  }
  const program = orNothing(() => readFileSync(`/proc/${pid}/comm`, "utf8").replace(/\p{Cc}/gu, ""));
  const user = orNothing(() => statSync(`/proc/${pid}`).uid);
  return `process ${pid}${program === undefined ? "" : ` (${program})`}${user === undefined ? "" : ` of user ${user}`}`;
}

/**
 * `/proc/locks` names the process that took the lock, which may have ended and left it to another: Node takes a lock through the
 * program `flock`, and keeps it. Then the open files say who has it.
 */
function find(file: BigIntStats): string | undefined {
  const taken = taker(file);
  if (taken !== undefined && holds(taken, file) !== false) {
    return taken;
  }
  return readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && holds(pid, file) === true);
}

/** The process in a line such as `1: FLOCK  ADVISORY  WRITE 41 fe:00:17 0 EOF`. One that waits has `->` before its kind. */
function taker({ dev, ino }: BigIntStats): string | undefined {
  // As glibc's `gnu_dev_major` and `gnu_dev_minor`.
  const major = ((dev >> 32n) & 0xffff_f000n) | ((dev >> 8n) & 0xfffn);
  const minor = ((dev >> 12n) & 0xffff_ff00n) | (dev & 0xffn);
  const name = `${major.toString(16).padStart(2, "0")}:${minor.toString(16).padStart(2, "0")}:${ino}`;
  const locks = readFileSync("/proc/locks", "utf8").split("\n").map((line) => line.split(/ +/));
  return locks.find((words) => words[1] === "FLOCK" && words[5] === name)?.[4];
}

/** Whether a process has the lock of this file, as its open files say; none where this process may not look at them. */
function holds(pid: string, { dev, ino }: BigIntStats): boolean | undefined {
  const open = orNothing(() => readdirSync(`/proc/${pid}/fdinfo`));
  if (open === undefined) {
    return orNothing(() => statSync(`/proc/${pid}`)) === undefined ? false : undefined;
  }
  return open.some((descriptor) => {
    const found = orNothing(() => statSync(`/proc/${pid}/fd/${descriptor}`, { bigint: true }));
    const isIt = found?.dev === dev && found.ino === ino;
    return isIt && orNothing(() => /^lock:.*FLOCK/m.test(readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, "utf8"))) === true;
  });
}

/** Processes end while they are looked at, and may not all be looked at. */
function orNothing<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
