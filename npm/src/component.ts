/** The component's module becomes a {@link Verifier}. */

import { digest, shims } from "../generated/component/modules.js";
import { instantiate } from "../generated/component/verifier.js";
import type { Workflow } from "./binding.js";
import { compileModule, unusable } from "./module.js";
import { Verifier } from "./verifier.js";

/** SHA-256 of the WebAssembly module, lower-case hexadecimal: the one that the native hosts run. */
export const verifierDigest: string = digest;

/**
 * Compiles the component's core module.
 *
 * @throws {SandboxError} where it is another module, or the engine cannot compile it.
 */
export async function compile(core: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const modules = new Map([["verifier.core.wasm", await compileModule(core, digest)]]);
  for (const [name, base64] of Object.entries(shims)) {
    modules.set(name, await WebAssembly.compile(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))));
  }
  const moduleOf = (name: string): WebAssembly.Module => {
    const found = modules.get(name);
    if (found === undefined) {
      throw unusable(`its component has no module ${name}`);
    }
    return found;
  };
  return new Verifier(digest, () => instantiate(moduleOf, {}).workflow as Workflow);
}
