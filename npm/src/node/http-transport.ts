/**
 * Requests through `node:http` and `node:https`, which load in a tenth of the time that Node's `fetch` takes: that brings an HTTP
 * client of its own along, with a parser in WebAssembly, which the engine compiles and optimizes in every process.
 *
 * Whatever changes where `fetch` leads (a proxy, an authority, a program that replaces it for its tests) must lead this too, so
 * `fetch` is used wherever it is not as Node begins with it.
 */

import type { Agent, ClientRequest, IncomingMessage, request as RequestFunction } from "node:http";
import { type ChunkReader, type Fields, throughFetch, type Transport, type TransportAnswer, type TransportRequest } from "../source/http/transport.js";

/** Sends a request in the way that is the quickest of those that lead to the same place. */
export const throughNode: Transport = (url, request) => (isFetchUntouched() ? send(new URL(url), request) : viaFetch(url, request));

const viaFetch = throughFetch();

/**
 * Whether `fetch` is Node's own, and nobody has given it a dispatcher yet. Node itself does that once `fetch` is loaded, and if it
 * is to obey the environment's proxies. Another runtime's `fetch` does not name Node's files.
 */
function isFetchUntouched(): boolean {
  const hasDispatcher = Object.getOwnPropertySymbols(globalThis).some(({ description }) => description?.startsWith("undici."));
  return !hasDispatcher && Function.prototype.toString.call(fetch).includes("internal/deps/undici/undici");
}

/** What sends the requests of one protocol. */
interface Sender {
  readonly request: typeof RequestFunction;
  readonly agent: Agent;
}

/** Milliseconds that a connection may take, with its handshake, and that a free one is kept: those of `fetch`. */
const [CONNECT, KEEP_ALIVE] = [10_000, 4_000];

/** What `fetch` says of itself, and to caches. */
const HEADERS = { accept: "*/*", "user-agent": "node", "cache-control": "no-cache", pragma: "no-cache" };

/** By protocol. The connections are kept for all sources of a process. */
const senders = new Map<string, Promise<Sender>>();

function senderFor(protocol: string): Promise<Sender> {
  const known = senders.get(protocol) ?? load(protocol);
  senders.set(protocol, known);
  return known;
}

/** TLS is loaded only where it is needed. */
async function load(protocol: string): Promise<Sender> {
  const { Agent, request } = protocol === "https:" ? await import("node:https") : await import("node:http");
  return { request, agent: new Agent({ keepAlive: true, timeout: KEEP_ALIVE }) };
}

async function send(url: URL, { headers, signal }: TransportRequest): Promise<TransportAnswer> {
  const { agent, request } = await senderFor(url.protocol);
  signal.throwIfAborted();
  // No flag of the process makes the parser lenient: `fetch` knows none.
  const sent = request(url, { agent, headers: { ...HEADERS, ...headers }, insecureHTTPParser: false });
  const abort = (): void => void sent.destroy();
  signal.addEventListener("abort", abort, { once: true });
  sent.once("close", () => signal.removeEventListener("abort", abort));
  limitConnecting(sent, url.protocol === "https:" ? "secureConnect" : "connect");
  return new Promise((resolve, reject) => {
    let answer: IncomingMessage | undefined;
    sent.once("response", (message) => {
      answer = message;
      resolve({ status: message.statusCode ?? 0, type: "basic", url: url.href, headers: fieldsOf(message), body: bodyOf(message) });
    });
    // What is wrong with a body is an error of the request too, and tells more than that the body broke off.
    sent.on("error", (error) => (answer === undefined ? reject(error) : answer.destroy(error)));
    sent.end();
  });
}

function limitConnecting(sent: ClientRequest, connected: "connect" | "secureConnect"): void {
  sent.once("socket", (socket) => {
    if (!socket.connecting) {
      return;
    }
    const late = (): void => {
      // The code that it has behind `fetch`.
      sent.destroy(Object.assign(new Error("the connection took too long"), { code: "UND_ERR_CONNECT_TIMEOUT" }));
    };
    const timer = setTimeout(late, CONNECT);
    const done = (): void => clearTimeout(timer);
    socket.once(connected, done).once("close", done);
  });
}

/** Node's own form of the headers drops some that come twice. */
function fieldsOf({ rawHeaders }: IncomingMessage): Fields {
  const fields = new Map<string, string>();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const [name, value] = [(rawHeaders[index] ?? "").toLowerCase(), rawHeaders[index + 1] ?? ""];
    const before = fields.get(name);
    fields.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { get: (name) => fields.get(name) ?? null, has: (name) => fields.has(name) };
}

function bodyOf(message: IncomingMessage): { getReader(): ChunkReader } {
  return {
    getReader() {
      const chunks = message[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      return { read: () => chunks.next().then(chunkOf, (error: unknown) => endOrThrow(message, error)) };
    },
  };
}

/** A `Buffer` would share its memory with what is made of it by `slice`. */
function chunkOf({ done, value }: IteratorResult<Buffer, unknown>): { done: boolean; value?: Uint8Array } {
  return done === true ? { done } : { done: false, value: new Uint8Array(value.buffer, value.byteOffset, value.length) };
}

/**
 * `fetch` takes the end of a connection that the server wanted to close for the end of the chunks. Some servers end them so, and a
 * file that is not whole does not pass: it is not as long as listed, or its metadata is cut off.
 */
function endOrThrow({ headers }: IncomingMessage, error: unknown): { done: true } {
  const isClosed = (error as NodeJS.ErrnoException).code === "ECONNRESET";
  if (isClosed && headers["transfer-encoding"] !== undefined && headers.connection?.toLowerCase() === "close") {
    return { done: true };
  }
  throw error;
}
