/** A registry without signatures, on the loopback interface, and what was asked of it. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { document, type Package, tarball } from "./package.js";

/** A registry that hands out whatever it was made with. */
export class PlainRegistry {
  readonly #server: Server;
  /** Paths asked for, in order. */
  readonly asked: string[] = [];

  private constructor(packages: readonly Package[]) {
    this.#server = createServer((request, response) => {
      // A proxy gets whole URLs.
      const path = decodeURIComponent(new URL(request.url ?? "/", this.url).pathname);
      this.asked.push(path);
      const found = packages.find((one) => path === addressPath(one));
      const versions = packages.filter(({ name }) => path === `/${name}`);
      if (found !== undefined) {
        response.end(tarball(found));
      } else if (versions.length > 0) {
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(document(versions, (one) => this.address(one))));
      } else {
        response.writeHead(404).end("{}");
      }
    });
  }

  static async serving(packages: readonly Package[]): Promise<PlainRegistry> {
    const registry = new PlainRegistry(packages);
    await new Promise<void>((resolve) => registry.#server.listen(0, "127.0.0.1", resolve));
    return registry;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Where a tarball is. */
  address(one: Package): string {
    return new URL(addressPath(one), this.url).href;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function addressPath({ name, version }: Package): string {
  return `/${name}/-/${name.split("/").at(-1) ?? ""}-${version}.tgz`;
}
