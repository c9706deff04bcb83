/** A module that is fetched and compiled once. */

import { unusable } from "../module.js";
import type { Verifier } from "../verifier.js";

/** What loads the module at this URL, once. After an error, the next call tries again. */
export function loader(
  url: () => URL,
  compile: (module: Uint8Array<ArrayBuffer>) => Promise<Verifier>,
): () => Promise<Verifier> {
  let loaded: Promise<Verifier> | undefined;
  return () => {
    loaded ??= fetched(url())
      .then(compile)
      .catch((error: unknown) => {
        loaded = undefined;
        throw error;
      });
    return loaded;
  };
}

async function fetched(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url);
    if (!response.ok) {
      throw new Error(`the server answered ${response.status}`);
    }
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw unusable(`${url.href} cannot be fetched`, cause);
  }
}
