#!/usr/bin/env node
/** The program `tuf-verifier`. */

import { ExitStatus } from "./exit-status.js";
import { run } from "./run.js";

// Nobody reads the results any more.
process.stdout.on("error", () => process.exit(ExitStatus.usage));

const interruption = new AbortController();
process.once("SIGINT", () => interruption.abort());
process.once("SIGTERM", () => interruption.abort());

process.exitCode = await run(process.argv.slice(2), {
  folder: process.cwd(),
  environment: process.env,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interruption.signal,
});
