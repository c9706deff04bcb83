/** Names of files in a store: none leads out of it, and no two share a file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FolderStore, MemoryStore, StoreError } from "tuf-verifier";
import { fails } from "../refused.js";
import { bytes, files, loaded, temporary } from "./folder.js";

const REFUSED = [
  "",
  "root",
  "../root.json",
  "/root.json",
  "a/b.json",
  "a\\b.json",
  "root_history",
  "root_history/",
  "root_history/root.json",
  "root_history/01.root.json",
  "root_history/-1.root.json",
  "root_history/1.root.json.json",
  "root_history/..%2F1.root.json",
  "root_history/../1.root.json",
  "root_history/123456789012345678901.root.json",
  "root_history/1.targets.json",
  "rotate",
  "rotate/alice",
  "rotate/alice.rotate.",
  "rotate/alice.rotate.0",
  "rotate/alice.rotate.1.json",
  "rotate/../alice.rotate.1",
  "rotate/a/b.rotate.1",
  "floors/targets",
  "floors/timestamp.json",
  "floors/../timestamp",
  "refreshed/1",
  "a b.json",
  "a:b.json",
  "ä.json",
  "a\0.json",
  "a.json\n",
  "%.json",
  "%2.json",
  "%2g.json",
  "%sha256-00.json",
  ".lock",
  ".unfinished-1",
  "timestamp.json.tmp",
  "timestamp.JSON",
];

test("refuses names of no file of a store", async (context) => {
  const folder = await temporary(context);
  for (const store of [new FolderStore(folder), new MemoryStore(), FolderStore.readOnly(folder)]) {
    for (const name of REFUSED) {
      const error = await fails(store.load(name), StoreError, "store-name");
      assert.equal(error.message, `${JSON.stringify(name)} is no name of a file of the trusted store`);
      await fails(store.persist(name, bytes("x")), StoreError, "store-name");
      await fails(store.forget(name), StoreError, "store-name");
    }
  }
  assert.equal((await files(folder)).size, 0);
});

test("holds names that are too long for a file", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  const names = [249, 250, 251, 252, 5_000].flatMap((length) => [
    `${"a".repeat(length)}.json`,
    `b${"a".repeat(length - 1)}.json`,
  ]);
  for (const name of names) {
    await store.persist(name, bytes(name));
  }
  for (const name of names) {
    assert.equal(await loaded(store, name), name);
  }
  const found = [...(await files(folder)).keys()];
  assert.equal(found.length, names.length);
  assert.ok(found.every((file) => file.length <= 255 && file.endsWith(".json")));
  // As it is, for as long as that is possible.
  assert.ok(found.includes(`${"a".repeat(250)}.json`) && !found.includes(`${"a".repeat(251)}.json`));
  // The name that the native host gives it: SHA-256 of 251 times `a` and `.json`.
  assert.ok(found.includes("%sha256-e621c70c82c9b66412b6100eb790a8ab5dcdcef8708677dbf9dc8545a4ec11d4.json"));
  await store.forget(names[8] ?? "");
  assert.equal(await store.load(names[8] ?? ""), undefined);
});

test("holds rotate files, floors and the time of the last refresh", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  const long = `rotate/${"a".repeat(5_000)}.rotate.1`;
  const names = [
    "rotate/alice.rotate.1",
    "rotate/..%2Fbob.rotate.12",
    "floors/root",
    "floors/timestamp",
    "floors/snapshot",
    "refreshed",
    long,
  ];
  for (const name of names) {
    await store.persist(name, bytes(name));
  }
  for (const name of names) {
    assert.equal(await loaded(store, name), name);
  }
  const found = [...(await files(folder)).keys()];
  assert.ok(found.every((file) => !file.endsWith(".json")));
  assert.ok(found.includes("rotate/..%2Fbob.rotate.12"));
});

/**
 * On a file system that ignores case, a delegated role `Timestamp` would replace the file of `timestamp`, and the version below
 * which no timestamp is trusted would be lost. `nul.json` is a device on some systems.
 */
test("sets names apart that a file system could confuse", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  const names = ["Timestamp.json", "ROOT.json", "snapshoT.json", "Targets.json", "nul.json", "Con.json", "aux.x.json"];
  for (const name of [...names, "timestamp.json", "com1.json", "Lpt9.json"]) {
    await store.persist(name, bytes(name));
  }
  const found = await files(folder);
  assert.equal(found.get("timestamp.json")?.toString(), "timestamp.json");
  assert.equal([...found.keys()].filter((file) => file.startsWith("%sha256-")).length, 9);
  for (const name of names) {
    assert.equal(await loaded(store, name), name);
  }
});
