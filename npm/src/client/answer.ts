/** Answers to what the module asks for, of metadata. */

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
    return fileOrAbsent(await store.load(name));
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
    const bytes = await mirror.source.metadata(name, countable(maxLength), signal);
    if (bytes === undefined) {
      progress({ tag: "absent", mirror: mirror.name, name });
    } else {
      progress({ tag: "fetched", mirror: mirror.name, name, bytes: bytes.length });
    }
    return fileOrAbsent(bytes);
  } catch (error) {
    return { response: { tag: "failed", val: transportError(error) }, error };
  }
}

function fileOrAbsent(bytes: Uint8Array | undefined): Answer {
  return { response: bytes === undefined ? { tag: "absent" } : { tag: "bytes", val: bytes } };
}

/** No source hands out so many bytes that a number could not count them. */
function countable(maxLength: bigint): number {
  return maxLength < Number.MAX_SAFE_INTEGER ? Number(maxLength) : Number.MAX_SAFE_INTEGER - 1;
}
