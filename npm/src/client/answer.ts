/** Answers to what the module asks for, of metadata. */

import { bytes } from "../arguments.js";
import type { GetAction, LoadAction, Response } from "../binding.js";
import type { Store } from "../store/store.js";
import type { Mirror, Outside } from "./outside.js";
import { transportError } from "./transport.js";

/** An answer, and where there is none the error in this package's own terms. */
export interface Answer {
  readonly response: Response;
  readonly error?: unknown;
}

/** Answers with a file of the trusted store. */
export async function load(store: Store, { name }: LoadAction): Promise<Answer> {
  try {
    return fileOrAbsent(checked(name, await store.load(name)));
  } catch (error) {
    return { response: { tag: "unreadable" }, error };
  }
}

/** Answers with a metadata file of a mirror. */
export async function get(
  mirror: Mirror,
  { name, maxLength }: GetAction,
  progress: Outside["progress"],
  signal: AbortSignal,
): Promise<Answer> {
  try {
    progress({ tag: "fetching", mirror: mirror.name, name });
    const file = checked(name, await mirror.source.metadata(name, countable(maxLength), signal));
    if (file === undefined) {
      progress({ tag: "absent", mirror: mirror.name, name });
    } else {
      progress({ tag: "fetched", mirror: mirror.name, name, bytes: file.length });
    }
    return fileOrAbsent(file);
  } catch (error) {
    return { response: { tag: "failed", val: transportError(error) }, error };
  }
}

/** A file of a source or a store, which may be the caller's own. @throws {TypeError} for what is neither bytes nor `undefined`. */
function checked(name: string, file: Uint8Array | undefined): Uint8Array | undefined {
  return file === undefined ? undefined : bytes(`the file ${name}`, file);
}

function fileOrAbsent(file: Uint8Array | undefined): Answer {
  return { response: file === undefined ? { tag: "absent" } : { tag: "bytes", val: file } };
}

/** No source hands out so many bytes that a number could not count them. */
function countable(maxLength: bigint): number {
  return maxLength < Number.MAX_SAFE_INTEGER ? Number(maxLength) : Number.MAX_SAFE_INTEGER - 1;
}
