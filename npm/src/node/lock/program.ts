/** `flock(2)` by the program of that name: Node has no call for it. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Kind } from "./file-lock.js";

/** The program `flock` is not there. */
export class LockProgramMissing extends Error {
  constructor(cause: unknown) {
    super("the program `flock` cannot be run, and Node has no file locks of its own", { cause });
  }

  override get name(): string {
    return "LockProgramMissing";
  }
}

/**
 * Takes the lock of an open file, and returns whether nobody else holds it.
 *
 * The program gets the descriptor as its third, takes the lock and ends. The lock belongs to the opened file and not to who took
 * it: it stays until this process closes the descriptor or ends. No other process has a copy: Node opens every file so that
 * programs do not inherit it.
 *
 * @throws {LockProgramMissing}, or an error with what the program said.
 */
export async function tryFlock(fd: number, kind: Kind): Promise<boolean> {
  const { status, said } = await run(["-n", FLAG[kind], "3"], fd);
  if (status === 0 || (status === 1 && said === "")) {
    return status === 0;
  }
  throw failed(status, said);
}

/**
 * Takes the lock of an open file in the same way, once nobody else holds it. Who gives up ends the program: only this process's
 * copy of the descriptor is then left, which is the caller's to close.
 *
 * @throws as {@link tryFlock}; the signal's reason, once it is aborted.
 */
export async function waitForFlock(fd: number, kind: Kind, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const { status, said } = await run([FLAG[kind], "3"], fd, signal);
  signal.throwIfAborted();
  if (status !== 0) {
    throw failed(status, said);
  }
}

/**
 * The folders that the program is looked for in: those that only a system's administrator fills. The search path is not looked at:
 * package managers put folders in front of it whose programs come from packages that nobody has verified yet. A test empties this.
 */
export const SYSTEM_FOLDERS: string[] = [
  "/usr/bin",
  "/bin",
  "/usr/local/bin",
  "/run/current-system/sw/bin",
  "/run/current-system/profile/bin",
];

const FLAG: Readonly<Record<Kind, string>> = { exclusive: "-x", shared: "-s" };

/** How the program ended, and what it said on standard error. */
interface Ended {
  readonly status: number | NodeJS.Signals | null;
  readonly said: string;
}

async function run(args: readonly string[], fd: number, signal?: AbortSignal): Promise<Ended> {
  // Loaded here, because a program that has no store to lock, or another system, needs none of it.
  const { spawn } = await import("node:child_process");
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const path = SYSTEM_FOLDERS.map((folder) => join(folder, "flock")).find(existsSync);
    if (path === undefined) {
      return reject(new LockProgramMissing(`it is not in ${SYSTEM_FOLDERS.join(", ")}`));
    }
    // It needs nothing of the environment, which may hold secrets.
    const program = spawn(path, args, { cwd: "/", env: {}, stdio: ["ignore", "ignore", "pipe", fd] });
    const kill = (): void => void program.kill("SIGKILL");
    signal?.addEventListener("abort", kill, { once: true });
    let said = "";
    program.stderr?.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(0, 1000)));
    const isMissing = (error: NodeJS.ErrnoException): boolean => error.code === "ENOENT" || error.code === "EACCES";
    program.once("error", (error) => reject(isMissing(error) ? new LockProgramMissing(error) : error));
    program.once("close", (code, killed) => {
      signal?.removeEventListener("abort", kill);
      resolve({ status: killed ?? code, said });
    });
  });
}

function failed(status: Ended["status"], said: string): Error {
  return new Error(`the program \`flock\` ended with ${status}: ${said.trim()}`);
}
