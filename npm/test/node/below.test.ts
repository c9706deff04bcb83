/** Folders that are made below a folder whose content somebody else has made. */

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { LeadsElsewhere, makeFoldersBelow, refuseLinksBelow } from "#internal/node/below.js";

function folder(context: TestContext): string {
  const made = realpathSync(mkdtempSync(join(tmpdir(), "tuf-below-")));
  context.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

test("makes what is missing, and takes what is there", async (context) => {
  const base = join(folder(context), "base");
  await makeFoldersBelow(base, join(base, "a/b"));
  await Promise.all(["a/b", "a/b/c", "a/d", "."].map((path) => makeFoldersBelow(base, join(base, path))));
  assert.deepEqual(readdirSync(base, { recursive: true }).sort(), ["a", "a/b", "a/b/c", "a/d"]);
  await refuseLinksBelow(base, join(base, "a/b/missing/below"));
});

for (const place of ["a", "a/b", "a/b/c"]) {
  test(`rejects a link or a file at ${place}, and makes nothing behind it`, async (context) => {
    const [base, elsewhere] = [folder(context), folder(context)];
    const path = join(base, place);
    mkdirSync(join(path, ".."), { recursive: true });
    for (const make of [() => symlinkSync(elsewhere, path), () => symlinkSync(join(elsewhere, "missing"), path), () => writeFileSync(path, "")]) {
      make();
      for (const use of [makeFoldersBelow, refuseLinksBelow]) {
        await assert.rejects(use(base, join(base, "a/b/c")), (error) => error instanceof LeadsElsewhere && error.path === path);
      }
      assert.deepEqual(readdirSync(elsewhere), []);
      rmSync(path);
    }
  });
}

test("does not look at the base, and at what is not below it", async (context) => {
  const [base, elsewhere] = [folder(context), folder(context)];
  symlinkSync(elsewhere, join(base, "link"));
  await makeFoldersBelow(join(base, "link"), join(base, "link/a"));
  assert.deepEqual(readdirSync(elsewhere), ["a"]);
  await refuseLinksBelow(join(base, "other"), join(base, "link"));
});
