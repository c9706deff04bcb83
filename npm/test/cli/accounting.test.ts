/** What npm says that it has installed, against what was handed out to it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { account, Unaccounted } from "#internal/npm/accounting.js";
import { Desk } from "./world/desk.js";

const INSTALLED = {
  "node_modules/words": { version: "1.1.0" },
  "node_modules/words/node_modules/inner": { version: "1.0.0", inBundle: true },
  "node_modules/alias": { name: "@scope/greet", version: "2.0.0" },
  "node_modules/w": { link: true, resolved: "w" },
  w: { version: "1.0.0" },
};

/** Writes the list that npm leaves. */
function list(desk: Desk, packages: Readonly<Record<string, unknown>>): string {
  desk.writeLock(packages, "node_modules/.package-lock.json");
  return desk.path("project");
}

test("counts what was handed out, and what came along with it", async (context) => {
  const project = list(new Desk(context), INSTALLED);
  assert.equal(await account(project, new Set(["words@1.1.0", "@scope/greet@2.0.0"])), 3);
});

test("refuses what was not handed out", async (context) => {
  const project = list(new Desk(context), INSTALLED);
  await assert.rejects(account(project, new Set(["words@1.1.0", "@scope/greet@2.0.1"])), (error) => {
    assert.ok(error instanceof Unaccounted);
    assert.deepEqual(error.locations, ["node_modules/alias"]);
    return true;
  });
});

test("refuses git, files and folders from elsewhere, whatever was handed out", async (context) => {
  const desk = new Desk(context);
  for (const entry of [{ resolved: "git+ssh://git@h.example/g.git#1" }, { resolved: "file:g.tgz" }, { link: true, resolved: "../g" }]) {
    const project = list(desk, { "node_modules/g": { version: "1.0.0", ...entry } });
    await assert.rejects(account(project, new Set(["g@1.0.0"])), Unaccounted);
  }
});

test("an installation that left no list is none", async (context) => {
  const project = new Desk(context).path("project");
  assert.equal(await account(project, new Set()), 0);
  await assert.rejects(account(project, new Set(["words@1.1.0"])), Unaccounted);
});

