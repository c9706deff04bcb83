/** The npms that the tests of attacks are run with: the newest of each major version that is in use. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { skip } from "../../skip.js";
import { Desk, SOURCES } from "./desk.js";

const FOLDER = join(SOURCES, "test", "cli", "npms", "node_modules");
const MISSING = join(SOURCES, "..", "target", "peers", "npms.missing");

const NPMS = ["npm-9", "npm-10", "npm-11"] as const;

type Run = (desk: Desk, context: TestContext) => Promise<void>;

/** Runs a test with each npm, on a desk of its own: of what npm does with what it is given. */
export function withEachNpm(name: string, run: Run): void {
  NPMS.forEach((npm) => withNpm(npm, name, run));
}

let turn = 0;

/**
 * Runs a test with one npm, the next one in turn: of what is refused before npm is started, so that its version matters only
 * for what plain npm does. With TUF_TEST_EVERY_NPM it runs with each.
 */
export function withAnNpm(name: string, run: Run): void {
  if (process.env["TUF_TEST_EVERY_NPM"] !== undefined) {
    return withEachNpm(name, run);
  }
  withNpm(NPMS[turn % NPMS.length] ?? NPMS[0], name, run);
  turn += 1;
}

function withNpm(npm: string, name: string, run: Run): void {
  test(`${name} (${npm})`, async (context) => {
    const script = join(FOLDER, npm, "bin", "npm-cli.js");
    if (!existsSync(script)) {
      const reason = existsSync(MISSING) ? readFileSync(MISSING, "utf8") : "`cargo xtask setup` has not installed it yet";
      return skip(context, reason);
    }
    const desk = new Desk(context);
    desk.npmScript = script;
    await run(desk, context);
  });
}
