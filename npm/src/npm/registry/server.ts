/** A server on the loopback interface for one npm: it hands out what it is given, and refuses everything else. */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What is handed out. */
export type Answer =
  /** JSON text. */
  | { readonly tag: "json"; readonly text: string }
  /** A file. */
  | { readonly tag: "file"; readonly path: string; readonly length: number }
  /** Nothing, and why. */
  | { readonly tag: "refused"; readonly why: string };

/** Finds the answer to a request for this path. An error is a refusal with its message. */
export type Answers = (path: string) => Promise<Answer>;

/** Most connections at a time on which the token has not been shown. */
const MOST_STRANGERS = 32;

/**
 * A server on the loopback interface. Who asks without its token gets nothing. The token stands in a header and not in the URL, since
 * npm prints URLs, and takes the registries of some scopes from its command line alone, which every user can read.
 *
 * Every process of the machine can connect, also one of another user. So connections on which the token has not been shown have a
 * small number of their own: one more ends the oldest of them. npm shows it with its first request.
 */
export class RegistryServer {
  readonly #server: Server;
  readonly #token = randomBytes(24).toString("base64url");
  readonly #answers: Answers;
  #isClosed = false;
  /** In the order of arrival. */
  readonly #strangers = new Set<Socket>();

  private constructor(answers: Answers) {
    this.#answers = answers;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on("connection", (socket: Socket) => this.#admit(socket));
    this.#server.on("connect", (_request: IncomingMessage, socket: Duplex) => refuseTunnel(socket));
  }

  /** Starts a server on a port that the system chooses. */
  static async start(answers: Answers): Promise<RegistryServer> {
    const registry = new RegistryServer(answers);
    await new Promise<void>((resolve, reject) => {
      registry.#server.once("error", reject);
      registry.#server.listen(0, "127.0.0.1", resolve);
    });
    return registry;
  }

  /** Base URL of the registry. As a proxy it refuses everything but what is for itself. */
  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
  }

  /** What has to stand in a request, as `authorization: Bearer`. */
  get token(): string {
    return this.#token;
  }

  /** Refuses every request from here on, with the port still taken: nobody else can answer for this registry. */
  close(): void {
    this.#isClosed = true;
  }

  /** Connections that are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
    });
  }

  /** Ends every connection. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #admit(socket: Socket): void {
    const [oldest] = this.#strangers;
    if (this.#strangers.size >= MOST_STRANGERS) {
      oldest?.destroy();
      this.#strangers.delete(oldest as Socket);
    }
    this.#strangers.add(socket);
    socket.once("close", () => this.#strangers.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(await this.#find(request), response);
    } catch {
      // The connection is gone: there is nobody to tell.
      response.destroy();
    }
  }

  async #find(request: IncomingMessage): Promise<Answer> {
    const path = this.#path(request.url ?? "");
    if (path === undefined || this.#isClosed || !this.#knowsToken(request)) {
      const why = this.#isClosed ? "asked for when everything was installed" : "not of the registry of this run";
      return { tag: "refused", why: `${request.url ?? ""} is ${why}` };
    }
    this.#strangers.delete(request.socket);
    if (request.method !== "GET") {
      return { tag: "refused", why: `${request.method ?? ""} ${path} is nothing that an installation needs` };
    }
    try {
      return await this.#answers(path);
    } catch (error) {
      return { tag: "refused", why: error instanceof Error ? error.message : String(error) };
    }
  }

  #knowsToken(request: IncomingMessage): boolean {
    const given = Buffer.from(request.headers.authorization ?? "");
    const expected = Buffer.from(`Bearer ${this.#token}`);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  /** The path of a request, without its query; `undefined` for another server. Who takes this one for a proxy sends whole URLs. */
  #path(url: string): string | undefined {
    const [whole = ""] = url.split(/[?#]/, 1);
    const path = whole.startsWith(this.url) ? whole.slice(this.url.length - 1) : whole;
    return path.startsWith("/") ? path : undefined;
  }

  /** 403 is not asked for again, and npm prints the reason. */
  async #answer(answer: Answer, response: ServerResponse): Promise<void> {
    switch (answer.tag) {
      case "json":
        response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(answer.text) });
        response.end(answer.text);
        return;
      case "file":
        response.writeHead(200, { "content-type": "application/octet-stream", "content-length": answer.length });
        return pipeline(createReadStream(answer.path), response);
      case "refused":
        response.writeHead(403, { "content-type": "application/json" });
        response.end(JSON.stringify({ error: answer.why }));
    }
  }
}

/** A tunnel would lead to bytes that nobody verifies. */
function refuseTunnel(socket: Duplex): void {
  socket.on("error", () => socket.destroy());
  socket.end("HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
}
