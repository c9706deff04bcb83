/** Bytes become a compiled module. */

import { SandboxError } from "./errors.js";

/** The SHA-256 of bytes, lower-case hexadecimal; `undefined` if the runtime does not hash here. */
export type Sha256 = (bytes: Uint8Array<ArrayBuffer>) => Promise<string | undefined>;

/**
 * Compiles a module, after a look at its digest.
 *
 * @throws {SandboxError} where it is another module, or the engine cannot compile it.
 */
export async function compileModule(
  bytes: Uint8Array<ArrayBuffer>,
  digest: string,
  sha256: Sha256 = bySubtleCrypto,
): Promise<WebAssembly.Module> {
  const found = await sha256(bytes);
  if (found !== undefined && found !== digest) {
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

/**
 * A browser hashes on pages of a secure context alone: on others, who can change the module can change the page too.
 */
async function bySubtleCrypto(bytes: Uint8Array<ArrayBuffer>): Promise<string | undefined> {
  const subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  return subtle && hexadecimal(await subtle.digest("SHA-256", bytes));
}

function hexadecimal(bytes: ArrayBuffer): string {
  return Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
