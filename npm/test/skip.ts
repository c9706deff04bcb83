/** Tests that cannot run for want of something outside of the project. */

import { appendFile } from "node:fs/promises";
import type { TestContext } from "node:test";

/** Skips this test, and says so where `TUF_TEST_SKIPS` names a file. The test returns afterwards. */
export async function skip(context: TestContext, reason: string): Promise<void> {
  const list = process.env["TUF_TEST_SKIPS"];
  if (list !== undefined) {
    await appendFile(list, `SKIPPED npm ${context.name}: ${reason}\n`);
  }
  context.skip(reason);
}
