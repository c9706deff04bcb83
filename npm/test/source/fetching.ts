/** Files fetched from a server of a test. */

import { type HttpOptions, HttpSource, type Source, SourceError, type Code, type Timeouts } from "tuf-verifier";
import { fails } from "../refused.js";
import type { Server } from "./server.js";

/** Limits that no test reaches unless it sets another. */
export const PATIENT: Timeouts = {
  response: Infinity,
  idle: Infinity,
  window: Infinity,
  minBytes: 0,
  metadata: Infinity,
  target: Infinity,
};

/** A source of the server's `metadata/` and `targets/`. */
export function source(server: Server, options: HttpOptions = {}): HttpSource {
  return new HttpSource(`${server.url}/metadata`, `${server.url}/targets/`, options);
}

/** The metadata file `1.root.json` of 1,000 bytes at most, as text. */
export async function fetched(source: Source): Promise<string | undefined> {
  const bytes = await source.metadata("1.root.json", 1_000);
  return bytes && new TextDecoder().decode(bytes);
}

/** A whole target file, as text. */
export async function fetchedTarget(source: Source, path = "a"): Promise<string | undefined> {
  const stream = await source.target(path, { offset: 0, length: 1_000_000 });
  return stream && text(stream.bytes);
}

/** The bytes of a stream, as text. */
export async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

/** The error with which the metadata file cannot be fetched. */
export function failure(source: Source, code: Code): Promise<SourceError> {
  return fails(fetched(source), SourceError, code);
}
