/** Trusted stores of one metadata URL: each line of roots has its own, whatever a project's configuration says. */

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { newKey } from "../repository.js";
import { Desk } from "./world/desk.js";
import { Published } from "./world/published.js";
import { HONEST } from "./world/words.js";

const STORES = "state/tuf-verifier";

/** A project that names no store, and trusts this repository. */
function victim(context: TestContext, published: Published): Desk {
  const desk = new Desk(context);
  published.write(desk.path("repository"));
  configure(desk, { trustedRoot: "../repository/root.json" });
  return desk;
}

function configure(desk: Desk, settings: Readonly<Record<string, unknown>>): void {
  desk.write("project/tuf-verifier.json", JSON.stringify({ metadataUrl: "../repository/metadata", ...settings }));
}

/** Refreshes in a project that names the victim's URL, a mirror of the attacker's and the attacker's root. */
async function attack(desk: Desk, hostile: Published): Promise<void> {
  hostile.write(desk.path("mirror"));
  configure(desk, {
    metadataUrl: ["../repository/metadata", "../mirror/metadata"],
    trustedRoot: "../mirror/root.json",
  });
  (await desk.tuf(["refresh"])).endsWith(0);
  configure(desk, { trustedRoot: "../repository/root.json" });
}

/** Publishes the next versions; writes those of before with `restore`. */
function release(published: Published, desk: Desk): { readonly restore: () => void; readonly serve: () => void } {
  const old = new Map(published.repository.metadata);
  published.repository.publish();
  const fresh = new Map(published.repository.metadata);
  const write = (files: ReadonlyMap<string, Uint8Array>): void => {
    rmSync(desk.path("repository/metadata"), { recursive: true });
    mkdirSync(desk.path("repository/metadata"));
    files.forEach((bytes, name) => desk.write(`repository/metadata/${name}`, bytes));
  };
  return { restore: () => write(old), serve: () => write(fresh) };
}

function stores(desk: Desk): readonly string[] {
  return readdirSync(desk.path(STORES)).sort();
}

/** A victim that has refreshed at the newer of two versions, and the name of its store. */
async function refreshed(context: TestContext): Promise<ReturnType<typeof release> & { readonly desk: Desk; readonly store: string }> {
  const published = new Published(HONEST);
  const desk = victim(context, published);
  const versions = release(published, desk);
  versions.serve();
  (await desk.tuf(["refresh"])).endsWith(0);
  return { ...versions, desk, store: stores(desk)[0] ?? "" };
}

/** Every file below a folder, by its path. */
function files(folder: string): Readonly<Record<string, string>> {
  const names = (readdirSync(folder, { recursive: true }) as string[]).sort();
  const plain = names.filter((name) => statSync(join(folder, name)).isFile());
  return Object.fromEntries(plain.map((name) => [name, readFileSync(join(folder, name), "latin1")]));
}

test("a hostile project leaves the floors of other projects as they were", async (context) => {
  const { desk, store, restore } = await refreshed(context);
  const before = files(desk.path(join(STORES, store)));
  await attack(desk, new Published([]));
  assert.deepEqual(files(desk.path(join(STORES, store))), before);
  assert.equal(stores(desk).length, 2);
  restore();
  (await desk.tuf(["refresh"])).endsWith(42).fails("rollback attack: timestamp version 2 was offered, version 3 is trusted", "older state");
});

test("a hostile project that ran first does not stop others", async (context) => {
  for (const version of [1, 9_000_000]) {
    const published = new Published(HONEST);
    const desk = victim(context, published);
    const hostile = new Published([]);
    hostile.repository.metadata.delete("1.root.json");
    hostile.repository.versions["root"] = version - 1;
    hostile.repository.publishRoot();
    hostile.repository.metadata.set("1.root.json", hostile.repository.file(`${version}.root.json`));
    await attack(desk, hostile);
    const { restore, serve } = release(published, desk);
    serve();
    (await desk.tuf(["refresh"])).endsWith(0);
    restore();
    (await desk.tuf(["refresh"])).endsWith(42).fails("rollback attack: timestamp", "older state");
  }
});

test("a store of an earlier version is taken over with its floors", async (context) => {
  const { desk, store, restore, serve } = await refreshed(context);
  const [earlier = ""] = store.split("~");
  renameSync(desk.path(join(STORES, store)), desk.path(join(STORES, earlier)));
  for (const file of ["floors/root", "root_history/1.root.json"]) {
    rmSync(desk.path(join(STORES, earlier, file)));
  }
  restore();
  (await desk.tuf(["refresh"])).endsWith(42).fails("rollback attack: timestamp", "older state");
  serve();
  (await desk.tuf(["refresh"])).endsWith(0);
  assert.deepEqual(stores(desk), [earlier, store]);
});

test("many older stores of the same roots hide no other", async (context) => {
  const published = new Published(HONEST);
  const [desk, earlier] = [victim(context, published), victim(context, published)];
  (await earlier.tuf(["refresh"])).endsWith(0);
  const versions = release(published, desk);
  versions.serve();
  (await desk.tuf(["refresh"])).endsWith(0);
  const prefix = stores(desk)[0]?.split("~")[0];
  for (let line = 0; line < 50; line += 1) {
    const decoy = desk.path(join(STORES, `${prefix}~${line.toString(16).padStart(16, "0")}`));
    cpSync(earlier.path(join(STORES, stores(earlier)[0] ?? "")), decoy, { recursive: true });
  }
  desk.write("repository/root.json", `${readFileSync(desk.path("repository/root.json"), "utf8")}\n`);
  versions.restore();
  (await desk.tuf(["refresh"])).endsWith(42).fails("rollback attack: timestamp version 2 was offered, version 3 is trusted", "older state");
  versions.serve();
  (await desk.tuf(["refresh"])).endsWith(0);
});

test("a damaged store of another trusted root stops nobody", async (context) => {
  const { desk, store, restore, serve } = await refreshed(context);
  const [name = ""] = store.split("~");
  desk.write(`${STORES}/${name}~0000000000000000/notes.txt`, "x");
  desk.write(`${STORES}/${name}~0000000000000001/floors/root`, "x");
  desk.write(`${STORES}/${name}~0000000000000001/.lock`, "");
  mkdirSync(desk.path(`${STORES}/${name}~0000000000000001/root.json`));
  // The same root in another layout has no store yet: it begins with the floors of the first one.
  desk.write("repository/root.json", `${desk.read("repository/root.json")}\n`);
  restore();
  (await desk.tuf(["refresh"])).endsWith(42).fails("rollback attack: timestamp version 2 was offered, version 3 is trusted", "older state");
  serve();
  (await desk.tuf(["refresh"])).endsWith(0);
});

test("rejects another line in a store that was named, until a person replaces it", async (context) => {
  const desk = victim(context, new Published(HONEST));
  const named = ["refresh", "--store", "../named"];
  (await desk.tuf(named)).endsWith(0);
  const before = files(desk.path("named"));
  const other = new Published(HONEST);
  other.write(desk.path("repository"));
  (await desk.tuf(named)).endsWith(40).fails("another line of roots", "--replace-root-line once");
  assert.deepEqual(files(desk.path("named")), before);
  (await desk.tuf(["refresh", "--replace-root-line"])).endsWith(2).fails("--replace-root-line needs --store", "");
  (await desk.tuf([...named, "--replace-root-line"])).endsWith(0);
  (await desk.tuf(named)).endsWith(0);
  assert.equal(desk.read("named/root.json"), Buffer.from(other.repository.trustedRoot).toString());
});

test("rejects revoked keys where the history of a named store is damaged", async (context) => {
  const published = new Published(HONEST);
  const desk = victim(context, published);
  const { repository } = published;
  const revoked = new Published(HONEST);
  Object.assign(revoked.repository.keys, repository.keys);
  revoked.repository.metadata.clear();
  revoked.repository.metadata.set("1.root.json", repository.trustedRoot);
  revoked.repository.versions["timestamp"] = 50;
  revoked.repository.publish();
  const old = repository.keys.root;
  for (const role of ["root", "timestamp", "snapshot", "targets"] as const) {
    repository.keys[role] = newKey();
  }
  repository.publishRoot([old, repository.keys.root]);
  repository.publishRoot();
  repository.publish();
  const named = ["refresh", "--store", "../named"];
  const damages: readonly (() => void)[] = [
    () => {
      const bytes = readFileSync(desk.path("named/root_history/2.root.json"));
      bytes[bytes.length >> 1]! ^= 1;
      desk.write("named/root_history/2.root.json", bytes);
    },
    () => rmSync(desk.path("named/root_history/2.root.json")),
    () => ["root_history", "floors"].forEach((folder) => rmSync(desk.path(`named/${folder}`), { recursive: true })),
  ];
  for (const damage of damages) {
    published.write(desk.path("repository"));
    (await desk.tuf(named)).endsWith(0);
    damage();
    const before = files(desk.path("named"));
    revoked.write(desk.path("repository"));
    (await desk.tuf(named)).endsWith(42).fails("rollback attack: root version 1 was offered, version 3 is trusted", "older state");
    assert.deepEqual(files(desk.path("named")), before);
  }
});
