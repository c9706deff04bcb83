/** A store in a folder that is only read. */

import assert from "node:assert/strict";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { FolderStore, StoreError } from "tuf-verifier";
import { fails, throws } from "../refused.js";
import { Child } from "./child.js";
import { bytes, files, loaded, lock, temporary } from "./folder.js";

test("keeps what is written in memory", async (context) => {
  const folder = await temporary(context);
  const writing = new FolderStore(folder);
  await writing.persist("timestamp.json", bytes("old"));
  await writing.persist("root_history/2.root.json", bytes("root"));
  const before = await files(folder);
  const store = FolderStore.readOnly(folder);
  const guard = await lock(store);
  assert.equal(await loaded(store, "timestamp.json"), "old");
  await store.persist("timestamp.json", bytes("new"));
  await store.persist("snapshot.json", bytes("first"));
  await store.forget("root_history/2.root.json");
  assert.equal(await loaded(store, "timestamp.json"), "new");
  assert.equal(await loaded(store, "snapshot.json"), "first");
  assert.equal(await store.load("root_history/2.root.json"), undefined);
  await guard.release();
  assert.deepEqual(await files(folder), before, "not even a lock file was made");
  assert.equal(await loaded(FolderStore.readOnly(folder), "timestamp.json"), "old");
});

test("judges lengths as the ordinary store does", async (context) => {
  const folder = await temporary(context);
  await new FolderStore(folder).persist("a.json", bytes("four"));
  const store = FolderStore.readOnly(folder, { maxLength: 3 });
  await fails(store.load("a.json"), StoreError, "store-file-too-long");
  await fails(store.persist("a.json", bytes("five!")), StoreError, "store-file-too-long");
});

test("rejects what is no folder", async (context) => {
  const folder = await temporary(context);
  await writeFile(join(folder, "file"), "");
  for (const path of [join(folder, "file"), join(folder, "none")]) {
    const error = throws(() => FolderStore.readOnly(path), StoreError, "store-unusable");
    assert.equal(error.message, `cannot open the trusted store ${path}`);
  }
});

test("waits for a writer and shares with readers", async (context) => {
  const folder = await temporary(context);
  const writer = Child.run("hold", [folder]);
  assert.equal(await writer.line(), "locked");
  let waited = 0;
  const first = await FolderStore.readOnly(folder).lock(() => {
    waited += 1;
    void writer.release();
  });
  assert.equal(waited, 1);
  const second = await lock(FolderStore.readOnly(folder));
  const next = Child.run("hold", [folder]);
  assert.equal(await next.line(), "waiting");
  await first.release();
  await second.release();
  assert.equal(await next.line(), "locked");
  assert.equal(await next.release(), 0);
});

test("works in a folder without write permission, whether its lock may be read or not", async (context) => {
  const folder = await temporary(context);
  const writing = new FolderStore(folder);
  await writing.persist("root.json", bytes("old"));
  await (await lock(writing)).release();
  const before = await files(folder);
  await chmod(folder, 0o555);
  for (const mode of [0o644, 0o600]) {
    await chmod(join(folder, ".lock"), mode);
    // The superuser may write everywhere. The number is that of `nobody` on most systems.
    const child = Child.run("read", [folder], process.getuid?.() === 0 ? { uid: 65534 } : {});
    assert.deepEqual([await child.line(), await child.line(), await child.ended()], ["old", "new", 0]);
  }
  assert.deepEqual(await files(folder), before);
  await chmod(folder, 0o700);
});

test("gives up on a writer after its patience", async (context) => {
  const folder = await temporary(context);
  const guard = await lock(new FolderStore(folder));
  await fails(FolderStore.readOnly(folder, { patience: 20 }).lock(() => undefined), StoreError, "store-busy");
  await guard.release();
});
