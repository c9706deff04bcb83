import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { codes, notFoundCodes } from "tuf-verifier";

/** `npm/build/test` is where this file is compiled to. */
const PAGE = new URL("../../../docs/failures.md", import.meta.url);

test("the page of failures lists every code once, in this order", async () => {
  const page = await readFile(PAGE, "utf8");
  const listed = [...page.matchAll(/^\| `([a-z-]+)`/gm)].map(([, code]) => code);
  assert.deepEqual(listed, codes.slice(0, codes.length - notFoundCodes.length));
  for (const code of notFoundCodes) {
    assert.match(page, new RegExp(`\`${code}\``));
  }
});
