/** The module from beside this file. */

import { readFile } from "node:fs/promises";
import { compile } from "../component.js";
import { unusable } from "../module.js";
import type { Verifier } from "../verifier.js";

let loaded: Promise<Verifier> | undefined;

/**
 * The verifier, compiled once a process.
 *
 * @throws {SandboxError} where it cannot run here.
 */
export function loadVerifier(): Promise<Verifier> {
  loaded ??= read().then(compile);
  return loaded;
}

async function read(): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL("../../generated/component/verifier.core.wasm", import.meta.url);
  try {
    return new Uint8Array(await readFile(url));
  } catch (cause) {
    throw unusable(`${url.pathname} cannot be read`, cause);
  }
}
