/** A module that breaks off when a test wants it to. */

import { loadVerifier, type Verifier } from "tuf-verifier";
import type { Response } from "#internal/binding.js";
import type { Client } from "#internal/client.js";

type Start = (...beginning: readonly unknown[]) => Client;

/** The real module, of which each client may be changed before it is used. */
export async function withClients(change: (client: Client) => void): Promise<Verifier> {
  const verifier = await loadVerifier();
  return new Proxy(verifier, {
    get(whole, name) {
      const own: unknown = Reflect.get(whole, name);
      if (typeof own !== "function") {
        return own;
      }
      if (name !== "startClient") {
        return own.bind(whole) as unknown;
      }
      return (...beginning: Parameters<Start>) => {
        const client = (own as Start).apply(whole, beginning);
        change(client);
        return client;
      };
    },
  });
}

/** The real module, which breaks off at each answer that `breaks` selects. */
export function breakingAt(breaks: (response: Response) => boolean): Promise<Verifier> {
  return withClients((client) => {
    const answer = client.answer.bind(client);
    client.answer = (request, response) => answer(request, breaks(response) ? NONSENSE : response);
  });
}

/** The calling code of the module cannot hand it over. */
const NONSENSE = { tag: "nonsense" } as unknown as Response;
