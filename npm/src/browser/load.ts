/** The component's module from beside this file. */

import { compile } from "../component.js";
import type { Verifier } from "../verifier.js";
import { loader } from "./fetched.js";

/**
 * The verifier, fetched and compiled once a page. After an error, the next call tries again.
 *
 * @throws {SandboxError} where it cannot run here.
 */
export const loadVerifier: () => Promise<Verifier> = loader(
  new URL("../../generated/component/verifier.core.wasm", import.meta.url),
  compile,
);
