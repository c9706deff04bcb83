/** How requests leave, and what counts of their answers: the part of `fetch` that a source uses. */

/** A `GET` that no cache answers. */
export interface TransportRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: "manual" | "follow";
  /** Ends the request, and the answer that is being read. */
  readonly signal: AbortSignal;
}

/** The header fields of an answer. Values of one name are joined by `, `. */
export type Fields = Pick<Headers, "get" | "has">;

/** An answer whose headers are there: a `Response`, or what stands for one. */
export interface TransportAnswer {
  readonly status: number;
  /** `opaqueredirect` for a redirect that the runtime hides. */
  readonly type: ResponseType;
  /** Where the answer came from, if the runtime has followed redirects. */
  readonly url: string;
  readonly headers: Fields;
  readonly body: { getReader(): ChunkReader } | null;
}

/** Reads a body piece by piece. */
export interface ChunkReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
}

/** Sends one request, and waits for the headers of its answer. */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportAnswer>;

/** Requests go through this `fetch`, or through the global one as it is at the time of the request. */
export function throughFetch(own?: typeof fetch): Transport {
  return async (url, { headers, redirect, signal }) =>
    (own ?? fetch)(url, { headers: new Headers(headers), redirect, cache: "no-store", signal });
}
