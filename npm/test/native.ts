/** Programs of the native host. */

import { execFile } from "node:child_process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { skip } from "./skip.js";

/** `npm/build/test` is where this file is compiled to. */
const WORKSPACE = fileURLToPath(new URL("../../../", import.meta.url));

/** Builds a program that `cargo build` is told to build, and gives its path; skips the test where there is no cargo. */
export async function nativeProgram(context: TestContext, ...what: readonly string[]): Promise<string | undefined> {
  try {
    const args = ["build", ...what, "--message-format", "json"];
    const { stdout } = await promisify(execFile)("cargo", args, { cwd: WORKSPACE, maxBuffer: 1 << 26 });
    const messages = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as { readonly executable?: string | null });
    return messages.map(({ executable }) => executable ?? undefined).findLast((path) => path !== undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    await skip(context, "cargo is not there to build the native host");
    return undefined;
  }
}
