/** The component's module becomes a {@link Verifier}. */

import { digest, shims } from "../generated/component/modules.js";
import { instantiate } from "../generated/component/verifier.js";
import type { Workflow } from "./binding.js";
import { SandboxError } from "./errors.js";
import { Verifier } from "./verifier.js";

/** SHA-256 of the WebAssembly module, lower-case hexadecimal: the one that the native hosts run. */
export const verifierDigest: string = digest;

/**
 * Compiles the module, after a look at its digest. A browser hashes on pages of a secure context alone: on others, who can
 * change this file can change the page too.
 *
 * @throws {SandboxError} where it is another module, or the engine cannot compile it.
 */
export async function compile(module: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle !== undefined && hexadecimal(await subtle.digest("SHA-256", module)) !== digest) {
    throw new SandboxError("the verifier cannot run: its module is not the one that it was published with", "sandbox-unusable");
  }
  const modules = new Map([["verifier.core.wasm", await compiled(module)]]);
  for (const [name, base64] of Object.entries(shims)) {
    modules.set(name, await compiled(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))));
  }
  const moduleOf = (name: string): WebAssembly.Module => {
    const found = modules.get(name);
    if (found === undefined) {
      throw new Error(`the component has no module ${name}`);
    }
    return found;
  };
  return new Verifier(digest, () => instantiate(moduleOf, {}).workflow as Workflow);
}

async function compiled(module: Uint8Array<ArrayBuffer>): Promise<WebAssembly.Module> {
  try {
    return await WebAssembly.compile(module);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SandboxError(`the verifier cannot run on this machine: ${reason}`, "sandbox-unusable", { cause });
  }
}

function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
