/** A real project of 77 packages: collected, published, installed through `tuf-verifier ci`, and run. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nativeProgram } from "../native.js";
import { skip } from "../skip.js";
import { Desk, SOURCES } from "./world/desk.js";

const PROJECT = join(SOURCES, "test", "cli", "real-project");
/** Where the packages are kept between runs. */
const CACHE = join(SOURCES, "..", "target", "npm-packages");
const KEYS = ["root", "targets", "online", "npm"];
const PATTERNS = ["npm/*/document.json", "npm/*/*/document.json", "npm/*/-/*", "npm/*/*/-/*"];

/** The desk with the project and its published packages; `undefined` where it cannot be made here. */
async function published(context: TestContext): Promise<Desk | undefined> {
  const tufrepo = await nativeProgram(context, "--package", "tuf-repository", "--bin", "tufrepo");
  if (tufrepo === undefined) {
    return undefined;
  }
  const desk = new Desk(context);
  for (const name of ["package.json", "package-lock.json"]) {
    copyFileSync(join(PROJECT, name), desk.path(`project/${name}`));
  }
  mkdirSync(CACHE, { recursive: true });
  // The settings of the one who runs the tests: where the registry is.
  const own = { npm_config_userconfig: process.env["npm_config_userconfig"] ?? join(process.env["HOME"] ?? "", ".npmrc") };
  const run = await desk.tuf(["collect", "-o", CACHE], own);
  if (run.status === 101) {
    await skip(context, "the registry of npm's configuration does not answer");
    return undefined;
  }
  run.endsWith(0);
  publish(desk, tufrepo);
  return desk;
}

/** Publishes the collected packages, as `docs/npm.md` says. */
function publish(desk: Desk, program: string): void {
  const tufrepo = (...args: readonly string[]): void => {
    execFileSync(program, ["--quiet", "-C", desk.path("repository"), ...args], { stdio: ["ignore", "ignore", "pipe"] });
  };
  KEYS.forEach((name) => tufrepo("key", "new", name, "--unencrypted"));
  tufrepo("init", "--root-key=root", "--targets-key=targets", "--snapshot-key=online", "--timestamp-key=online");
  tufrepo("delegate", "npm", "--paths", ...PATTERNS, "--key=npm", "--terminating");
  tufrepo("target", "add-folder", CACHE, "--role=npm");
  tufrepo("publish");
  const settings = { metadataUrl: "../repository/metadata", trustedRoot: "../repository/metadata/1.root.json", store: "../store" };
  desk.write("project/tuf-verifier.json", JSON.stringify(settings));
}

/** The published file of a package's tarball. */
function tarballOf(desk: Desk, name: string): string {
  const folder = desk.path(`repository/targets/npm/${name}/-`);
  const [file = ""] = readdirSync(folder);
  return join(folder, file);
}

test("installs, and the project runs", { timeout: 300_000 }, async (context) => {
  const desk = await published(context);
  if (desk === undefined) {
    return;
  }
  const judged = (await desk.tuf(["verify-lock"])).endsWith(0);
  assert.equal(judged.stdout, `${desk.path("project/package-lock.json")}: 77 verified, 0 different, 0 not covered\n`);
  const run = (await desk.tuf(["ci"])).endsWith(0);
  assert.ok(run.stderr.includes("Installed 77 packages, verified"), run.stderr);
  const program = `
    import express from "express";
    import { Targets } from "@tufjs/models";
    const server = express().get("/", (_request, response) => response.send(Targets.name)).listen(0, "127.0.0.1", async () => {
      const answer = await fetch("http://127.0.0.1:" + server.address().port);
      console.log(await answer.text());
      server.close();
    });`;
  writeFileSync(desk.path("project/run.js"), program);
  const output = execFileSync(process.execPath, ["run.js"], { cwd: desk.path("project"), encoding: "utf8" });
  assert.equal(output, "Targets\n");
});

test("refuses one tampered tarball of all", { timeout: 300_000 }, async (context) => {
  const desk = await published(context);
  if (desk === undefined) {
    return;
  }
  // Other bytes that are a whole package, of the same name.
  cpSync(tarballOf(desk, "etag"), tarballOf(desk, "ms"));
  (await desk.tuf(["ci"])).endsWith(40).fails("", "do not go on");
  assert.ok(!desk.has("project/node_modules/ms"));
});
