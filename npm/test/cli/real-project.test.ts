/** A real project of 77 packages: collected, published, installed through `tuf-verifier ci`, and run. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { nativeProgram } from "../native.js";
import { skip } from "../skip.js";
import { Desk, SOURCES, type Variables } from "./world/desk.js";

const PROJECT = join(SOURCES, "test", "cli", "real-project");
/** Where the packages are kept between runs. */
const CACHE = join(SOURCES, "..", "target", "npm-packages");
const KEYS = ["root", "targets", "online", "npm"];
const PATTERNS = ["npm/*/document.json", "npm/*/*/document.json", "npm/*/-/*", "npm/*/*/-/*"];

/** The desk with the project and its published packages; `undefined` where it cannot be made here. */
async function published(context: TestContext): Promise<Desk | undefined> {
  const tufrepo = await nativeProgram(context, "tufrepo");
  if (tufrepo === undefined) {
    return undefined;
  }
  const desk = new Desk(context);
  for (const name of ["package.json", "package-lock.json"]) {
    copyFileSync(join(PROJECT, name), desk.path(`project/${name}`));
  }
  mkdirSync(CACHE, { recursive: true });
  const run = await desk.tuf(["collect", "-o", CACHE], settingsOfTheUser());
  if (run.status === 101) {
    await skip(context, "the registry of npm's configuration does not answer");
    return undefined;
  }
  run.endsWith(0);
  publish(desk, tufrepo);
  return desk;
}

/** How npm finds its registry for the one who runs the tests. npm reads an empty variable as none. */
function settingsOfTheUser(): Variables {
  const variables = Object.entries(process.env).flatMap(([name, value]) => {
    return value !== undefined && (name === "HOME" || /^npm_config_/i.test(name)) ? [[name, value] as const] : [];
  });
  return { npm_config_userconfig: "", npm_config_globalconfig: "", ...Object.fromEntries(variables) };
}

/** Publishes the collected packages, as `docs/npm.md` says. */
function publish(desk: Desk, program: string): void {
  const tufrepo = (...args: readonly string[]): void => {
    execFileSync(program, ["--quiet", "-C", desk.path("repository"), "--state", desk.path("state"), ...args], { stdio: ["ignore", "ignore", "pipe"] });
  };
  KEYS.forEach((name) => tufrepo("key", "new", name, "--unencrypted"));
  tufrepo("init", "--root-key=root", "--targets-key=targets", "--snapshot-key=online", "--timestamp-key=online");
  tufrepo("delegate", "npm", ...PATTERNS.flatMap((pattern) => ["--paths", pattern]), "--key=npm", "--terminating");
  tufrepo("target", "add-folder", CACHE, "--role=npm");
  tufrepo("publish");
  const settings = { metadataUrl: "../repository/metadata", trustedRoot: "../repository/metadata/1.root.json" };
  desk.write("project/tuf-verifier.json", JSON.stringify(settings));
}

/** The one published file of this ending in a folder of targets. */
function publishedFile(desk: Desk, folder: string, ending: string): string {
  const file = readdirSync(desk.path(`repository/targets/npm/${folder}`)).find((name) => name.endsWith(ending));
  return `repository/targets/npm/${folder}/${file ?? ""}`;
}

test("installs, and the project runs", async (context) => {
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

test("refuses one tampered file of all", async (context) => {
  const desk = await published(context);
  if (desk === undefined) {
    return;
  }
  const tarball = publishedFile(desk, "ms/-", ".tgz");
  const document = publishedFile(desk, "semver", ".document.json");
  const changes: readonly (readonly [string, (bytes: Buffer) => Buffer, string])[] = [
    [tarball, (bytes) => Buffer.from(bytes.with(bytes.length - 10, (bytes[bytes.length - 10] ?? 0) ^ 1)), "npm/ms/-/ms-2.1.3.tgz"],
    [document, (bytes) => Buffer.from(bytes.toString().replace(">=10", ">=11")), "npm/semver/document.json"],
    [document, (bytes) => Buffer.from(bytes.toString().replace('"latest":"7.7.2"', '"latest":"7.7.1"')), "npm/semver/document.json"],
  ];
  for (const [file, change, path] of changes) {
    const bytes = readFileSync(desk.path(file));
    const changed = change(bytes);
    assert.ok(!changed.equals(bytes));
    desk.write(file, changed);
    const run = (await desk.tuf(["ci"])).endsWith(40);
    run.fails(`wrong software: target ${path}: the sha256 digest differs from the listed one`, "do not go on");
    desk.write(file, bytes);
  }
});
