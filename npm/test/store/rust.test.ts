/** One store, and two programs that know nothing of each other: this package and the native host. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { FolderStore } from "tuf-verifier";
import { nativeProgram } from "../native.js";
import { Child } from "./child.js";
import { bytes, lock, temporary } from "./folder.js";

/** The native host's program that locks a store. */
function lockStore(context: TestContext): Promise<string | undefined> {
  return nativeProgram(context, "lock_store");
}

test("waits for the native host, and the native host waits for it", async (context) => {
  const program = await lockStore(context);
  if (program === undefined) {
    return;
  }
  const folder = join(await temporary(context), "store");
  const native = Child.native(program, folder);
  assert.equal(await native.line(), "locked");
  let waited = 0;
  const locking = new FolderStore(folder).lock(() => {
    waited += 1;
    void native.release();
  });
  const guard = await locking;
  assert.equal(waited, 1);
  assert.equal(await native.ended(), 0);

  const second = Child.native(program, folder);
  assert.equal(await second.line(), "waiting");
  await guard.release();
  assert.equal(await second.line(), "locked");
  second.process.kill("SIGKILL");
  await second.ended();
  await (await lock(new FolderStore(folder))).release();
});

test("reads beside a native reader's writer as a reader does", async (context) => {
  const program = await lockStore(context);
  if (program === undefined) {
    return;
  }
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  await store.persist("root.json", bytes("a root"));
  await store.persist("timestamp.json", bytes("old"));
  const native = Child.native(program, folder);
  assert.equal(await native.line(), "locked");
  const guard = await FolderStore.readOnly(folder).lock(() => void native.release());
  const another = await lock(FolderStore.readOnly(folder));
  const waiting = Child.native(program, folder);
  assert.equal(await waiting.line(), "waiting");
  await guard.release();
  await another.release();
  assert.equal(await waiting.line(), "locked");
  assert.equal(await waiting.release(), 0);
});
