/** The server of the demonstration page, as its own process, over mirrors that are written for it. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** The folder of the whole project. */
export const PROJECT = path.join(import.meta.dirname, "../../../..");

/** A running server. */
export interface Site {
  /** The URL of the page, with a slash at its end. */
  readonly url: string;
  /** Ends the server and deletes the mirrors. */
  close(): Promise<void>;
}

/** Writes the mirrors into a new folder below the system's temporary one. */
export async function writeWorlds(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "tuf-page-"));
  const program = ["run", "--quiet", "--package", "tuf-tests", "--bin", "page_worlds", "--"];
  const cargo = process.env["CARGO"] ?? "cargo";
  await promisify(execFile)(cargo, [...program, path.join(folder, "worlds")], { cwd: PROJECT });
  return folder;
}

/** Starts `serve.js` at a port that the system chooses. */
export async function openSite(): Promise<Site> {
  const folder = await writeWorlds();
  const program = path.join(PROJECT, "host-examples/browser/serve.js");
  const server = spawn(process.execPath, [program, "--worlds", path.join(folder, "worlds")], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [url] = (await once(createInterface(server.stdout), "line")) as [string];
  return {
    url,
    async close() {
      const ended = once(server, "exit");
      server.kill();
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}
