/** A folder for one run, which nobody else reads or writes. */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exposed } from "../node/ownership.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, fileUnusable } from "./failure.js";

/** Runs a task with an empty folder that is deleted afterwards. @throws whatever the task throws. */
export async function withRunFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tuf-verifier-")).catch((cause: unknown) => {
    throw fileUnusable("make a folder in", tmpdir(), cause);
  });
  try {
    refuseExposed(folder);
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** What was verified is read from the folder again: whoever can replace it would choose what is installed. */
function refuseExposed(folder: string): void {
  const found = exposed(folder);
  if (found !== undefined) {
    throw new Failure({
      message: `the folder of this run would be below ${found.path}, which ${found.how}`,
      code: "run-folder-exposed",
      status: ExitStatus.usage,
      help: "name a folder of your own with the variable TMPDIR",
    });
  }
}

/** Makes a folder in another one. */
export async function subfolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}
