/** A server on the loopback interface for one npm: it hands out what it is given, and refuses everything else. */

import { randomBytes, timingSafeEqual } from "node:crypto";
import { createReadStream } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Asked, asked } from "./address.js";

/** What is handed out. */
export type Answer =
  /** JSON text. */
  | { readonly tag: "json"; readonly text: string }
  /** A file. */
  | { readonly tag: "file"; readonly path: string; readonly length: number }
  /** Nothing, and why. */
  | { readonly tag: "refused"; readonly why: string };

/** Finds the answer to a request. An error is a refusal with its message. */
export type Answers = (asked: Asked) => Promise<Answer>;

/** Most connections at a time on which the secret has not been shown. */
const MOST_STRANGERS = 32;

/**
 * A server on the loopback interface.
 *
 * Every process of the machine can connect, also one of another user. So connections on which the secret has not been shown have a
 * small number of their own: one more ends the oldest of them. npm shows it with its first request.
 */
export class RegistryServer {
  readonly #server: Server;
  readonly #secret: string;
  readonly #answers: Answers;
  /** In the order of arrival. */
  readonly #strangers = new Set<Socket>();

  private constructor(answers: Answers) {
    this.#answers = answers;
    this.#secret = randomBytes(24).toString("base64url");
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

  /** Base URL of the registry. Only who knows its secret part gets an answer. */
  get url(): string {
    return `${this.origin}${this.#secret}/`;
  }

  /** The address without the secret. As a proxy it refuses everything but what is for {@link url}. */
  get origin(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/`;
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
    const path = this.#withoutSecret(request.url ?? "");
    if (path === undefined) {
      return { tag: "refused", why: `${request.url ?? ""} is not of the registry of this run` };
    }
    this.#strangers.delete(request.socket);
    const wanted = request.method === "GET" ? asked(path) : undefined;
    if (wanted === undefined) {
      return { tag: "refused", why: `${request.method ?? ""} ${path} is nothing that an installation needs` };
    }
    try {
      return await this.#answers(wanted);
    } catch (error) {
      return { tag: "refused", why: error instanceof Error ? error.message : String(error) };
    }
  }

  /**
   * The path behind the secret, without its query; `undefined` for a request that does not know it. Who takes this server for a
   * proxy sends whole URLs.
   */
  #withoutSecret(url: string): string | undefined {
    const [whole = ""] = url.split(/[?#]/, 1);
    const path = whole.startsWith(this.origin) ? whole.slice(this.origin.length - 1) : whole;
    const given = Buffer.from(path.slice(1, 1 + this.#secret.length));
    const secret = Buffer.from(this.#secret);
    const known = path.startsWith("/") && given.length === secret.length && timingSafeEqual(given, secret);
    return known ? path.slice(1 + this.#secret.length) : undefined;
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
