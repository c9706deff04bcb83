/** The module from beside this file, fetched. */

import { compile } from "../component.js";
import { SandboxError } from "../errors.js";
import type { Verifier } from "../verifier.js";

let loaded: Promise<Verifier> | undefined;

/**
 * The verifier, fetched and compiled once a page. After an error, the next call tries again.
 *
 * @throws {SandboxError} where it cannot run here.
 */
export function loadVerifier(): Promise<Verifier> {
  loaded ??= fetched().then(compile);
  loaded.catch(() => (loaded = undefined));
  return loaded;
}

async function fetched(): Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL("../../generated/component/verifier.core.wasm", import.meta.url);
  try {
    const response = await fetch(url);
    if (!response.ok) {
      throw new Error(`status ${response.status}`);
    }
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new SandboxError(`the verifier cannot run: ${url.href} cannot be fetched`, "sandbox-unusable", { cause });
  }
}
