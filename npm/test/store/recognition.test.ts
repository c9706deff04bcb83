/** What makes a folder a store. */

import assert from "node:assert/strict";
import { mkdir, symlink, unlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { FolderStore, StoreError } from "tuf-verifier";
import { fails } from "../refused.js";
import { bytes, files, lock, temporary } from "./folder.js";

const METADATA = ' {\n "signed": {}, "signatures": []}';

/** A folder by what is in it, and what is said of it; nothing where it is taken for a store. */
const FOLDERS: readonly (readonly [Readonly<Record<string, string>>, string | undefined])[] = [
  [{}, undefined],
  [{ ".lock": "", ".unfinished-1": "half", ".DS_Store": "" }, undefined],
  // As tuf-js leaves it, and a process of it that died.
  [{ "root.json": METADATA, "timestamp.json": METADATA, "a%2Fb.json": METADATA }, undefined],
  [{ "root.json": "", "timestamp.json": "half", "a.json": "" }, undefined],
  [{ "root.json": METADATA, "targets/file": "" }, undefined],
  // As python-tuf leaves it.
  [{ "root.json": METADATA, "root_history/1.root.json": METADATA, "snapshot.json": METADATA }, undefined],
  // A store of our own, whatever else a person has put there.
  [{ ".lock": "", "floors/timestamp": METADATA, "notes.txt": "mine" }, undefined],
  [{ "root_history/1.root.json": METADATA }, undefined],
  [{ "notes.txt": "mine" }, 'no store has "notes.txt"'],
  [{ ".lock": "", "notes.txt": "mine" }, 'no store has "notes.txt"'],
  // A published repository, a project with a pinned root, and one without.
  [{ "root.json": METADATA, "1.root.json": METADATA }, 'no store has "1.root.json"'],
  [{ "root.json": METADATA, "src/lib.rs": "" }, 'no store has "src"'],
  [{ "root.json": METADATA, "package.json": '{"name":"x"}' }, '"package.json" is no metadata'],
  [{ "a.json": METADATA }, "it has neither root.json nor root_history"],
  [{ root_history: "a file" }, 'no store has "root_history"'],
];

for (const [content, refused] of FOLDERS) {
  const names = Object.keys(content).join(", ") || "nothing";
  test(`${refused === undefined ? "accepts" : "rejects"} a folder with ${names}`, async (context) => {
    const folder = await temporary(context);
    for (const [path, text] of Object.entries(content)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    const before = await files(folder);
    if (refused === undefined) {
      await (await lock(new FolderStore(folder))).release();
      return;
    }
    const uses = [lock, (store: FolderStore): Promise<unknown> => store.persist("root.json", bytes("{}"))];
    for (const use of uses) {
      const error = await fails(use(new FolderStore(folder)), StoreError, "store-foreign-folder");
      assert.equal(error.message, `${folder} is not empty and is no trusted store: ${refused}`);
    }
    assert.deepEqual(await files(folder), before);
  });
}

for (const name of ["floors", "root_history", "rotate"]) {
  test(`rejects a store whose ${name} is a link, through which files would be written elsewhere`, async (context) => {
    const folder = await temporary(context);
    const elsewhere = await temporary(context);
    const opened = new FolderStore(folder);
    await (await lock(opened)).release();
    await writeFile(join(folder, "root.json"), METADATA);
    await writeFile(join(elsewhere, ".unfinished-1"), "mine");
    await symlink(elsewhere, join(folder, name));
    // One that was there when the store was opened, and one that was made since.
    for (const store of [new FolderStore(folder), opened]) {
      const error = await fails(lock(store), StoreError, "store-foreign-folder");
      assert.equal(error.message, `${folder} is not empty and is no trusted store: "${name}" is a symbolic link`);
    }
    await fails(new FolderStore(folder).persist("floors/root", bytes("{}")), StoreError, "store-foreign-folder");
    assert.deepEqual([...(await files(elsewhere)).keys()], [".unfinished-1"]);
    await unlink(join(folder, name));
    await (await lock(opened)).release();
  });
}
