/** Many processes at once on one store. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FolderStore } from "tuf-verifier";
import { Child } from "./child.js";
import { ROUNDS, version } from "./crowd.js";
import { files, lock, temporary } from "./folder.js";

const PROCESSES = 4;

test("keeps many processes apart", async (context) => {
  const folder = await temporary(context);
  const children = Array.from({ length: PROCESSES }, () => Child.run("crowd", [folder]));
  assert.deepEqual(
    await Promise.all(children.map((child) => child.ended())),
    children.map(() => 0),
  );
  // Nobody's update was lost, every file is whole, and nothing unfinished is left.
  const store = new FolderStore(folder);
  await (await lock(store)).release();
  const updates = PROCESSES * ROUNDS;
  for (const name of ["timestamp.json", "snapshot.json", "targets.json"]) {
    assert.equal(await version(store, name), updates, name);
  }
  assert.ok((await version(store, "delegated.json")) > 0);
  assert.equal((await files(folder)).size, updates + 5);
});
