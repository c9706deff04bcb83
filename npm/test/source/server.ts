/** A server that answers byte for byte as told, on the loopback interface. */

import { type AddressInfo, createServer, type Server as NetServer, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** The head of a request. */
export class Seen {
  /** Number of the connection, from 0. */
  readonly connection: number;
  readonly #head: string;

  constructor(connection: number, head: string) {
    this.connection = connection;
    this.#head = head;
  }

  get method(): string {
    return this.#head.split(" ", 1)[0] ?? "";
  }

  get path(): string {
    return this.#head.split(" ", 2)[1] ?? "";
  }

  header(name: string): string | undefined {
    const lines = this.#head.split("\r\n").slice(1);
    const found = lines.find((line) => line.toLowerCase().startsWith(`${name}: `));
    return found?.slice(name.length + 2);
  }
}

/** What the server does with a request, after it has sent `bytes`. */
export interface Reply {
  readonly bytes: string | Uint8Array;
  /** What is sent a few milliseconds after them. */
  readonly later?: string;
  /**
   * `next`: waits for the next request. `close`: closes the connection. `stall`: sends nothing more until the client closes.
   * `drip`: sends single bytes, a few milliseconds apart. `endless`: sends zeros. The last two until the client closes.
   */
  readonly then: "next" | "close" | "stall" | "drip" | "endless";
}

/** A server at a port that the system chooses. */
export class Server {
  readonly #server: NetServer;
  readonly #sockets = new Set<Socket>();
  readonly seen: Seen[] = [];

  private constructor(reply: (seen: Seen) => Reply) {
    let connections = 0;
    this.#server = createServer((socket) => {
      const connection = connections++;
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      socket.on("error", () => undefined);
      let received = "";
      socket.on("data", (data) => {
        received += data.toString("latin1");
        for (let end = received.indexOf("\r\n\r\n"); end >= 0; end = received.indexOf("\r\n\r\n")) {
          const seen = new Seen(connection, received.slice(0, end));
          received = received.slice(end + 4);
          this.seen.push(seen);
          send(socket, reply(seen));
        }
      });
    });
  }

  /** Serves until the end of the test. */
  static async start(context: TestContext, reply: (seen: Seen) => Reply): Promise<Server> {
    const server = new Server(reply);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    context.after(() => server.stop());
    return server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get paths(): readonly string[] {
    return this.seen.map((seen) => seen.path);
  }

  /** Waits until no client is connected any more. */
  async idle(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  /** Ends every connection and takes no more. */
  async stop(): Promise<void> {
    this.#sockets.forEach((socket) => socket.destroy());
    if (this.#server.listening) {
      await new Promise((resolve) => this.#server.close(resolve));
    }
  }
}

/** A whole answer with its length. */
export function answer(status: number, headers: string, body: string | Uint8Array): Buffer {
  const content = Buffer.from(body);
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Status\r\nContent-Length: ${content.length}\r\n${headers}\r\n`), content]);
}

/** 200 with this body. */
export function ok(body: string | Uint8Array): Reply {
  return next(answer(200, "", body));
}

/** These bytes, and then the next request. */
export function next(bytes: string | Uint8Array): Reply {
  return { bytes, then: "next" };
}

/** These bytes, and then the end of the connection. */
export function close(bytes: string | Uint8Array): Reply {
  return { bytes, then: "close" };
}

function send(socket: Socket, { bytes, later, then }: Reply): void {
  socket.write(bytes);
  if (later !== undefined) {
    const timer = setTimeout(() => socket.write(later), 4);
    socket.once("close", () => clearTimeout(timer));
  }
  switch (then) {
    case "close":
      socket.end();
      break;
    case "drip": {
      const timer = setInterval(() => socket.write("x"), 4);
      socket.once("close", () => clearInterval(timer));
      break;
    }
    case "endless": {
      const zeros = Buffer.alloc(1 << 16);
      const more = (): void => {
        while (!socket.destroyed && socket.write(zeros)) {
          // Until the buffer is full.
        }
      };
      socket.on("drain", more);
      more();
      break;
    }
    case "next":
    case "stall":
      break;
  }
}
