/** The module that wasm-bindgen makes of the same core becomes a {@link Verifier}. */

import { digest, instantiate } from "../generated/web/verifier_web.js";
import type { Workflow } from "./binding.js";
import { compileModule } from "./module.js";
import { Verifier } from "./verifier.js";

/** SHA-256 of the WebAssembly module, lower-case hexadecimal. It is not the one that the native hosts run. */
export const verifierDigest: string = digest;

/** Where the module is: beside the built files, all of which are as deep in the package as this one. */
export const moduleUrl = (): URL => new URL("../generated/web/verifier_web_bg.wasm", import.meta.url);

/**
 * Compiles the module.
 *
 * @throws {SandboxError} where it is another module, or the engine cannot compile it.
 */
export async function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Verifier> {
  const module = await compileModule(bytes, digest);
  return new Verifier(digest, () => instantiate(module).workflow as Workflow);
}
