/** The module from beside this file. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import type * as Calling from "../../generated/component/verifier.js";
import { compile, moduleUrl } from "../component.js";
import { unusable } from "../module.js";
import type { Verifier } from "../verifier.js";

let loaded: Promise<Verifier> | undefined;

/**
 * The verifier, compiled once a process.
 *
 * @throws {SandboxError} where it cannot run here.
 */
export function loadVerifier(): Promise<Verifier> {
  // The calling code is longer than all of the package's own: a program that does not verify, or not yet, does without.
  const calling = (): Promise<typeof Calling> => import("../../generated/component/verifier.js");
  loaded ??= Promise.all([read(), calling()]).then(([core, { instantiate }]) => compile(core, instantiate, sha256));
  return loaded;
}

/** `crypto.subtle` would be loaded for this alone. */
async function sha256(bytes: Uint8Array): Promise<string> {
  return createHash("sha256").update(bytes).digest("hex");
}

async function read(): Promise<Uint8Array<ArrayBuffer>> {
  const url = moduleUrl();
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    throw unusable(`${url.pathname} cannot be read`, cause);
  }
}
