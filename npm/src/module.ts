/** Bytes become a compiled module. */

import { SandboxError } from "./errors.js";

/**
 * Compiles a module, after a look at its digest. A browser hashes on pages of a secure context alone: on others, who can change
 * the module can change the page too.
 *
 * @throws {SandboxError} where it is another module, or the engine cannot compile it.
 */
export async function compileModule(bytes: Uint8Array<ArrayBuffer>, digest: string): Promise<WebAssembly.Module> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  if (subtle !== undefined && hexadecimal(await subtle.digest("SHA-256", bytes)) !== digest) {
    throw unusable("its module is not the one that it was published with");
  }
  try {
    return await WebAssembly.compile(bytes);
  } catch (cause) {
    throw unusable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** The module cannot be loaded. */
export function unusable(reason: string, cause?: unknown): SandboxError {
  return new SandboxError(`the verifier cannot run: ${reason}`, "sandbox-unusable", { cause });
}

function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
