/** The component's module becomes a {@link Verifier}. */

import { digest, shims } from "../generated/component/modules.js";
import type { instantiate as instantiateComponent } from "../generated/component/verifier.js";
import type { Workflow } from "./binding.js";
import { compileModule, type Sha256, unusable } from "./module.js";
import { Verifier } from "./verifier.js";

/** SHA-256 of the WebAssembly module, lower-case hexadecimal: the one that the native hosts run. */
export const verifierDigest: string = digest;

/** Where the module is: beside the built files, all of which are as deep in the package as this one. */
export const moduleUrl = (): URL => new URL("../generated/component/verifier.core.wasm", import.meta.url);

/**
 * Compiles the component's core module, which this calling code instantiates.
 *
 * @throws {SandboxError} where it is another module, or the engine cannot compile it.
 */
export async function compile(
  core: Uint8Array<ArrayBuffer>,
  instantiate: typeof instantiateComponent,
  sha256?: Sha256,
): Promise<Verifier> {
  const modules = new Map([["verifier.core.wasm", await compileModule(core, digest, sha256)]]);
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
