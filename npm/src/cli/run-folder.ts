/** A folder for one run, which nobody else reads or writes. */

import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileUnusable } from "./failure.js";

/** Runs a task with an empty folder that is deleted afterwards. @throws whatever the task throws. */
export async function withRunFolder<T>(task: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "tuf-verifier-")).catch((cause: unknown) => {
    throw fileUnusable("make a folder in", tmpdir(), cause);
  });
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** Makes a folder in another one. */
export async function subfolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path);
  return path;
}
