/** The component's module from beside this file. */

import { instantiate } from "../../generated/component/verifier.js";
import { compile, moduleUrl } from "../component.js";
import type { Verifier } from "../verifier.js";
import { loader } from "./fetched.js";

/**
 * The verifier, fetched and compiled once a page. After an error, the next call tries again.
 *
 * @throws {SandboxError} where it cannot run here.
 */
export const loadVerifier: () => Promise<Verifier> = loader(moduleUrl, (core) => compile(core, instantiate));
