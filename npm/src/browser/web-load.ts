/** The module of wasm-bindgen from beside this file. */

import type { Verifier } from "../verifier.js";
import { compile, moduleUrl } from "../web-module.js";
import { loader } from "./fetched.js";

/**
 * The verifier, fetched and compiled once a page. After an error, the next call tries again.
 *
 * @throws {SandboxError} where it cannot run here.
 */
export const loadVerifier: () => Promise<Verifier> = loader(moduleUrl, compile);
