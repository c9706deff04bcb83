/** The npms that the tests of attacks are run with: the newest of each major version that is in use. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { skip } from "../../skip.js";
import { Desk, SOURCES } from "./desk.js";

const FOLDER = join(SOURCES, "test", "cli", "npms", "node_modules");
const MISSING = join(SOURCES, "..", "target", "peers", "npms.missing");

/** Runs a test with each npm, on a desk of its own. */
export function withEachNpm(name: string, run: (desk: Desk, context: TestContext) => Promise<void>): void {
  for (const npm of ["npm-9", "npm-10", "npm-11"]) {
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
}
