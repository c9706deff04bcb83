/** What is drawn on a terminal, and when. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Shell } from "#internal/cli/shell.js";

/** A shell that writes into lists. */
function shell(isTTY: boolean, quiet = false): { readonly shell: Shell; readonly errors: string[]; readonly results: string[] } {
  const [errors, results]: [string[], string[]] = [[], []];
  const stdout = { write: (text: string) => results.push(text) };
  const stderr = { isTTY, write: (text: string) => errors.push(text) };
  return { shell: new Shell({ json: false, quiet }, stdout, stderr), errors, results };
}

test("draws progress on a terminal, and takes it away before a line", () => {
  const { shell: made, errors, results } = shell(true);
  made.progress("half");
  made.result("a", "b");
  made.progress("whole");
  made.status("done");
  assert.deepEqual(errors, ["\r\u001b[Khalf", "\r\u001b[K", "\r\u001b[Kwhole", "\r\u001b[K", "done\n"]);
  assert.deepEqual(results, ["a\tb\n"]);
});

test("draws nothing elsewhere, nor where it is to be quiet", () => {
  for (const { shell: made, errors } of [shell(false), shell(true, true)]) {
    made.progress("half");
    made.clear();
    assert.deepEqual(errors, []);
  }
});

test("draws nothing while the terminal is another program's", async () => {
  const { shell: made, errors } = shell(true);
  made.progress("before");
  await made.lend(async () => made.progress("meanwhile"));
  await assert.rejects(made.lend(() => Promise.reject(new Error("it failed"))));
  made.progress("after");
  assert.deepEqual(errors, ["\r\u001b[Kbefore", "\r\u001b[K", "\r\u001b[Kafter"]);
});

test("a column has no tab and no line end of its own", () => {
  const { shell: made, results } = shell(false);
  made.result("a\tb", "c\nd\u202e");
  assert.deepEqual(results, ["a\\u{9}b\tc\\u{a}d\\u{202e}\n"]);
});
