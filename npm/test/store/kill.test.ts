/** Processes that are killed at every step of a series of writes. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { FolderStore } from "tuf-verifier";
import { Child } from "./child.js";
import { bytes, files, lock, temporary } from "./folder.js";
import { content, update, WRITES } from "./kill.js";

type Files = Readonly<Record<string, string>>;

/** The files before the update, and after each of its writes. */
function history(): readonly Files[] {
  const now: Record<string, string> = {};
  for (const name of ["root_history/1.root.json", "root.json", "timestamp.json"]) {
    now[name] = content("old");
  }
  const all = [{ ...now }];
  for (const [name, text] of WRITES) {
    if (text === undefined) {
      delete now[name];
    } else {
      now[name] = content(text);
    }
    all.push({ ...now });
  }
  return all;
}

/** What is left is the store after one of the writes, with nothing in between. Returns after which. */
async function place(folder: string): Promise<number> {
  const found = await files(folder);
  const seen = Object.fromEntries(
    [...found].filter(([name]) => !/(?:^|\/)\./.test(name)).map(([name, bytes]) => [name, bytes.toString()]),
  );
  return history().findLastIndex((files) => JSON.stringify(sorted(files)) === JSON.stringify(sorted(seen)));
}

function sorted(files: Files): readonly unknown[] {
  return Object.entries(files).sort();
}

test("heals wherever it was killed", async (context) => {
  const reached = new Set<number>();
  let last = 0;
  for (let step = 1; ; step += 1) {
    const folder = await temporary(context);
    const store = new FolderStore(folder);
    for (const [name, text] of Object.entries(history()[0] ?? {})) {
      await store.persist(name, bytes(text));
    }
    const child = Child.run("update", [folder, String(step)]);
    const isDone = (await child.line()) === "done";
    assert.equal(await child.ended(), isDone ? 0 : "SIGKILL");
    const now = await place(folder);
    assert.ok(now >= last, `killed at step ${step}: it is after write ${now}, before it was ${last}`);
    last = now;
    reached.add(now);
    // The next one that locks it cleans up, and brings the update to its end.
    await (await lock(store)).release();
    assert.deepEqual([...(await files(folder)).keys()].filter((name) => name.includes(".unfinished")), []);
    assert.equal(await place(folder), now);
    await update(store);
    assert.equal(await place(folder), WRITES.length);
    if (isDone) {
      break;
    }
  }
  assert.equal(reached.size, WRITES.length + 1, "the kills came between any two writes");
});
