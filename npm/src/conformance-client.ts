#!/usr/bin/env node
/**
 * The client under test of the official TUF conformance suite: its command line around the updater.
 *
 * ```text
 * conformance-client.js --metadata-dir DIR init TRUSTED_ROOT
 * conformance-client.js --metadata-dir DIR --metadata-url URL refresh
 * conformance-client.js --metadata-dir DIR --metadata-url URL
 *                       --target-name PATH… --target-dir DIR --target-base-url URL download
 * ```
 *
 * The exit status is 0 where all of it succeeded, else 1 with one line on standard error.
 */

import { argv, stderr, stdout } from "node:process";
import { readArguments } from "./conformance/arguments.js";
import { run } from "./conformance/command.js";

try {
  const asked = readArguments(argv.slice(2));
  if (typeof asked === "string") {
    stdout.write(asked);
    process.exitCode = 0;
  } else {
    // A loop of events that runs dry before the end is no success.
    process.exitCode = 1;
    run(asked).then(() => (process.exitCode = 0), fail);
  }
} catch (error) {
  fail(error);
}

function fail(error: unknown): void {
  stderr.write(`${oneLine(error)}\n`);
  process.exitCode = 1;
}

/** The error with everything that caused it, without control characters. */
function oneLine(error: unknown): string {
  let line = "error: ";
  for (let next = error; next !== undefined; next = next instanceof Error ? next.cause : undefined) {
    line += `${next === error ? "" : ": "}${next instanceof Error ? next.message : String(next)}`;
  }
  return line.replace(/\p{Cc}/gu, " ");
}
