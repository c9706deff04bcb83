/** Programs of the native host. */

import { execFile } from "node:child_process";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { skip } from "./skip.js";

/** `npm/build/test` is where this file is compiled to. */
const WORKSPACE = fileURLToPath(new URL("../../../", import.meta.url));

/** A line of `cargo … --message-format json` about something that was built. */
interface Built {
  readonly executable?: string | null;
  readonly target?: { readonly name: string };
  readonly profile?: { readonly test: boolean };
}

/**
 * Builds a program or an example of the workspace, and gives its path; skips the test where there is no cargo. It is built with all
 * tests in Rust: alone, it would be built once more, with other features.
 */
export async function nativeProgram(context: TestContext, name: string): Promise<string | undefined> {
  try {
    const args = ["test", "--no-run", "--message-format", "json"];
    const { stdout } = await promisify(execFile)("cargo", args, { cwd: WORKSPACE, maxBuffer: 1 << 28 });
    const messages = stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Built);
    const own = messages.filter(({ target, profile }) => target?.name === name && profile?.test === false);
    const path = own.map(({ executable }) => executable ?? undefined).findLast((built) => built !== undefined);
    if (path === undefined) {
      throw new Error(`cargo builds no program of the name ${name}`);
    }
    return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") {
      throw error;
    }
    await skip(context, "cargo is not there to build the native host");
    return undefined;
  }
}
