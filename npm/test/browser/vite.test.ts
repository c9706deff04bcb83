/** The packed package through Vite: a built site, and its development server with the dependencies that it bundles first. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import * as component from "tuf-verifier";
import * as web from "tuf-verifier/web";
import { complaints, launch, reasonToSkip } from "./chromium.js";
import { PROJECT, writeWorlds } from "./site.js";

const NPM = path.join(PROJECT, "npm");
const VITE = path.join(NPM, "test/browser/vite");
const PROGRAM = path.join(VITE, "node_modules/vite/bin/vite.js");
const run = promisify(execFile);

for (const command of ["preview", "dev"] as const) {
  const name = `verifies a repository through vite ${command}`;
  test(name, { skip: reasonToSkip(name, ["npm", "chromium", "vite"]) }, async () => {
    const folder = await (app ??= sampleApp());
    const [url, end] = await serve(command, folder);
    const browser = await launch();
    try {
      const page = await browser.newPage();
      const complained = complaints(page);
      await page.goto(url);
      await page.waitForSelector("#outcome:not(:empty)");
      const verified = [component, web].map(({ verifierDigest }) => `64 bytes verified by ${verifierDigest}`);
      assert.equal(await page.innerText("#outcome"), verified.join("; "));
      const noNewerRoot = "Failed to load resource: the server responded with a status of 404 (Not Found)";
      assert.deepEqual(complained, Array(2).fill(`${noNewerRoot} /honest/metadata/4.root.json`));
    } finally {
      await browser.close();
      await end();
    }
  });
}

let app: Promise<string> | undefined;

after(async () => {
  if (app !== undefined) {
    await rm(path.dirname(await app), { recursive: true });
  }
});

/** The sample with the package as npm would install it, and a repository among its files; built. */
async function sampleApp(): Promise<string> {
  const folder = await writeWorlds();
  const sample = path.join(folder, "app");
  const installed = path.join(sample, "node_modules/tuf-verifier");
  await mkdir(path.dirname(installed), { recursive: true });
  for (const name of ["index.html", "main.js", "package.json", "vite.config.js"]) {
    await cp(path.join(VITE, name), path.join(sample, name));
  }
  await rename(path.join(folder, "worlds"), path.join(sample, "public"));
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", folder], { cwd: path.join(NPM, "build/package") });
  const [packed] = JSON.parse(stdout) as readonly [{ readonly filename: string }];
  await run("tar", ["-xzf", path.join(folder, packed.filename), "-C", folder]);
  await rename(path.join(folder, "package"), installed);
  await run(process.execPath, [PROGRAM, "build", sample]);
  return sample;
}

/** Starts Vite at a port that the system chooses: the URL that it prints, and how to end it. */
async function serve(command: "preview" | "dev", folder: string): Promise<readonly [string, () => Promise<void>]> {
  const server = spawn(process.execPath, [PROGRAM, command, folder, "--host", "127.0.0.1", "--port", "0"], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const end = async (): Promise<void> => {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  };
  let printed = "";
  for await (const text of server.stdout.setEncoding("utf8")) {
    printed += text;
    const url = /http:\/\/127\.0\.0\.1:[0-9]+\//.exec(printed)?.[0];
    if (url !== undefined) {
      return [url, end];
    }
  }
  throw new Error(`vite ${command} printed no URL: ${printed}`);
}
