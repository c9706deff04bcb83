/** A repository behind a server on the loopback interface. */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Repository } from "../repository.js";

/** Where a repository is served, until it is closed. */
export interface Served {
  /** Base URL of the metadata. */
  readonly metadata: string;
  /** Base URL of the targets. */
  readonly targets: string;
  close(): Promise<void>;
}

/** Serves what the repository has published at the time of each request. */
export async function serve(repository: Repository): Promise<Served> {
  const server = createServer((request, response) => {
    const [, folder, path = ""] = /^\/(metadata|targets)\/(.*)$/.exec(request.url ?? "") ?? [];
    const files = folder === "metadata" ? repository.metadata : repository.targets;
    const bytes = files.get(decodeURIComponent(path));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { metadata: `${url}/metadata`, targets: `${url}/targets`, close };
}
