/** The files of a store. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmod, mkdir, readFile, rm, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { FolderStore, MemoryStore, StoreError } from "tuf-verifier";
import { fails } from "../refused.js";
import { Child } from "./child.js";
import { bytes, files, loaded, lock, temporary } from "./folder.js";

test("keeps the layout", async (context) => {
  const folder = join(await temporary(context), "new/store");
  const store = new FolderStore(folder);
  const names = ["..%2Fc.json", ".json", "a%2Fb.json", "root.json", "root_history/2.root.json", "timestamp.json"];
  for (const name of names) {
    await store.persist(name, bytes(name));
    assert.equal(await loaded(store, name), name);
  }
  assert.deepEqual(
    [...(await files(folder))].map(([name, content]) => [name, content.toString()]),
    names.map((name) => [name, name]),
  );
});

test("replaces and forgets", async (context) => {
  for (const store of [new FolderStore(await temporary(context)), new MemoryStore()]) {
    assert.equal(await store.load("snapshot.json"), undefined);
    await store.forget("snapshot.json");
    await store.persist("snapshot.json", bytes("longer"));
    await store.persist("snapshot.json", bytes("new"));
    assert.equal(await loaded(store, "snapshot.json"), "new");
    await store.forget("snapshot.json");
    assert.equal(await store.load("snapshot.json"), undefined);
  }
});

test("refuses options that cannot be", () => {
  assert.throws(() => new FolderStore("store", { patience: -1 }), RangeError);
  assert.throws(() => new FolderStore("store", { patience: Number.NaN }), RangeError);
  assert.throws(() => new FolderStore("store", { maxLength: 1.5 }), RangeError);
  assert.throws(() => new FolderStore("store", { lock: "none" as "system" }), TypeError);
  assert.throws(() => new FolderStore("store", { wait: 1 } as object), TypeError);
});

test("keeps bytes as they are", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  const all = Uint8Array.from({ length: 100_000 }, (_, index) => index % 256);
  await store.persist("targets.json", all);
  assert.ok((await readFile(join(folder, "targets.json"))).equals(all));
  assert.deepEqual(await store.load("targets.json"), all);
  await store.persist("empty.json", new Uint8Array());
  assert.deepEqual(await store.load("empty.json"), new Uint8Array());
});

test("keeps its own bytes in memory", async () => {
  const store = new MemoryStore();
  for (const given of [bytes("one"), Buffer.from("one")]) {
    await store.persist("root.json", given);
    given.fill(0);
    (await store.load("root.json"))?.fill(0);
    assert.equal(await loaded(store, "root.json"), "one");
  }
  assert.deepEqual(store.names, ["root.json"]);
});

test("limits the length of a file", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder, { maxLength: 10 });
  await store.persist("a.json", bytes("x".repeat(10)));
  assert.equal((await store.load("a.json"))?.length, 10);
  const error = await fails(store.persist("a.json", bytes("x".repeat(11))), StoreError, "store-file-too-long");
  assert.equal(error.message, `${folder}/a.json is longer than 10 bytes`);
  assert.equal((await store.load("a.json"))?.length, 10);
  // Nothing behind the limit is read: this file would not fit into memory.
  await truncate(join(folder, "a.json"), 2 ** 40);
  await fails(store.load("a.json"), StoreError, "store-file-too-long");
});

test("reports what is no file", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  await mkdir(join(folder, "root.json"));
  const read = await fails(store.load("root.json"), StoreError, "store-unreadable");
  assert.equal(read.message, `cannot read ${folder}/root.json`);
  const written = await fails(store.persist("root.json", bytes("{}")), StoreError, "store-unwritable");
  assert.equal(written.message, `cannot write ${folder}/root.json`);
  await fails(store.forget("root.json"), StoreError, "store-unwritable");
  assert.equal((await files(folder)).size, 0);
});

test("reports a folder that cannot be used", async (context) => {
  const folder = await temporary(context);
  await writeFile(join(folder, "file"), "");
  for (const path of [join(folder, "file"), join(folder, "file/below")]) {
    const store = new FolderStore(path);
    const error = await fails(lock(store), StoreError, "store-unusable");
    assert.equal(error.path, join(folder, "file"));
    await fails(store.persist("root.json", bytes("{}")), StoreError, "store-unusable");
  }
  const store = new FolderStore(join(folder, "store"));
  await (await lock(store)).release();
  await rm(join(folder, "store"), { recursive: true });
  await fails(lock(store), StoreError, "store-unusable");
  const error = await fails(store.persist("root.json", bytes("{}")), StoreError, "store-unwritable");
  assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOENT");
});

test("cleans up after the dead", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  await (await lock(store)).release();
  for (const path of [".unfinished-1", "root_history/.unfinished-2", "rotate/.unfinished-3", "floors/.unfinished-4"]) {
    await mkdir(join(folder, path, ".."), { recursive: true });
    await writeFile(join(folder, path), "half");
  }
  await writeFile(join(folder, "notes.txt"), "mine");
  await (await lock(store)).release();
  assert.deepEqual([...(await files(folder)).keys()], [".lock", "notes.txt"]);
});

test("spares the unfinished files of the living", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  // Whoever writes holds a lock on its file, as the native host does: until its input ends.
  const living = Child.native("flock", join(folder, ".unfinished-1"), "cat");
  living.process.stdin.write("here\n");
  assert.equal(await living.line(), "here");
  await (await lock(store)).release();
  assert.deepEqual([...(await files(folder)).keys()], [".lock", ".unfinished-1"]);
  await living.release();
  await (await lock(store)).release();
  assert.deepEqual([...(await files(folder)).keys()], [".lock"]);
});

test("is its owner's alone", async (context) => {
  const folder = join(await temporary(context), "a/store");
  await (await lock(new FolderStore(folder))).release();
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  // A folder that is there already stays as its owner made it.
  await chmod(folder, 0o755);
  await (await lock(new FolderStore(folder))).release();
  assert.equal((await stat(folder)).mode & 0o777, 0o755);
});

test("replaces a link and not what it leads to", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  await store.persist("root_history/1.root.json", bytes("one"));
  await symlink("root_history/1.root.json", join(folder, "root.json"));
  assert.equal(await loaded(store, "root.json"), "one");
  await store.persist("root.json", bytes("two"));
  assert.equal(await loaded(store, "root_history/1.root.json"), "one");
  assert.equal(await loaded(store, "root.json"), "two");
});

test("waits for no pipe", async (context) => {
  const folder = await temporary(context);
  await promisify(execFile)("mkfifo", [join(folder, "root.json")]);
  const error = await fails(new FolderStore(folder).load("root.json"), StoreError, "store-unreadable");
  assert.equal((error.cause as Error).message, "this is no regular file");
});

test("reports a store that may not be written", async (context) => {
  const folder = await temporary(context);
  await new FolderStore(folder).persist("root.json", bytes("{}"));
  await chmod(folder, 0o555);
  // The superuser may write everywhere. The number is that of `nobody` on most systems.
  const child = Child.run("write", [folder], process.getuid?.() === 0 ? { uid: 65534 } : {});
  const advice =
    "let yourself write there, choose another folder, or read the store without changing it (`FolderStore.readOnly`)";
  assert.equal(await child.line(), `store-unusable: ${advice}`);
  assert.equal(await child.line(), `store-unwritable: ${advice}`);
  assert.equal(await child.line(), `store-unwritable: ${advice}`);
  assert.equal(await child.line(), "{}");
  assert.equal(await child.ended(), 0);
  await chmod(folder, 0o700);
});

test("begins again where its unfinished file was taken for abandoned", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  // Whoever cleans up knows no process of this one: it deletes whatever it finds unfinished and unlocked.
  const cleaner = (async () => {
    for (let round = 0; round < 40; round += 1) {
      await promisify(execFile)("sh", ["-c", `for f in ${folder}/.unfinished-*; do flock -n "$f" rm -f "$f"; done; true`]);
    }
  })();
  const content = bytes("whole\n".repeat(100_000));
  let isCleaning = true;
  void cleaner.finally(() => (isCleaning = false));
  while (isCleaning) {
    await store.persist("a.json", content);
    assert.deepEqual(await store.load("a.json"), content);
  }
  await cleaner;
});

