/** A mirror of a published repository on the loopback interface, and what was asked of it. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { Published } from "./published.js";

/** A mirror that shows what is published at the moment of a request. */
export class PublishedMirror {
  readonly #server: Server;
  /** Paths of targets that were asked for, in order, without the digests in their names. */
  readonly asked: string[] = [];
  /** Requests that wait for each other; they are answered once there are as many as `together`. */
  #waiting: (() => void)[] = [];
  #together: number;

  private constructor(published: Published, together: number, held: RegExp) {
    this.#together = together;
    this.#server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? "").slice(1);
      const target = /^targets\/(.*\/)?[0-9a-f]{64}\.([^/]*)$/.exec(path);
      const { metadata, targets } = published.repository;
      const bytes = target === null ? metadata.get(path.replace("metadata/", "")) : targets.get(path.replace("targets/", ""));
      const answer = (): void => void response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
      if (target !== null) {
        this.asked.push(`${target[1] ?? ""}${target[2] ?? ""}`);
      }
      held.test(path) ? this.#hold(answer) : answer();
    });
  }

  /** A mirror that goes with the test. Its first answers with files of paths like `held` are given when `together` of them are asked for. */
  static async of(published: Published, test: TestContext, together = 1, held = /^targets\//): Promise<PublishedMirror> {
    const mirror = new PublishedMirror(published, together, held);
    await new Promise<void>((resolve) => mirror.#server.listen(0, "127.0.0.1", resolve));
    test.after(() => {
      mirror.#server.closeAllConnections();
      mirror.#server.close();
    });
    return mirror;
  }

  /** Base URL of the metadata; targets are beside it. */
  get metadataUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/metadata`;
  }

  #hold(answer: () => void): void {
    this.#waiting.push(answer);
    if (this.#waiting.length >= this.#together) {
      this.#together = 1;
      this.#waiting.splice(0).forEach((waiting) => waiting());
    }
  }
}
