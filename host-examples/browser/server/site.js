// The web site: the page, the npm package as it is built, and the mirrors.

import { once } from "node:events";
import { createServer } from "node:http";
import path from "node:path";
import { answerWithFile } from "./file.js";
import { answerAsMirror } from "./mirror.js";

const HERE = path.dirname(import.meta.dirname);
const PAGE = path.join(HERE, "page");
const PACKAGE = path.join(HERE, "../../npm");

/** The page may run its own scripts and WebAssembly, and speak with its own origin: nothing else. */
const HEADERS = {
  "content-security-policy":
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; base-uri 'none'; form-action 'none'; " +
    "frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cache-control": "no-store",
};

/**
 * Serves the page on 127.0.0.1.
 *
 * @param {{ readonly worlds: string, readonly port: number }} options the folder of the mirrors, and a port or 0.
 * @returns {Promise<{ readonly url: string, close(): void }>} the URL of the page, and how to end the server.
 */
export async function startSite({ worlds, port }) {
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(HEADERS)) {
      response.setHeader(name, value);
    }
    void answer(worlds, request, response);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}

async function answer(worlds, request, response) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return response.writeHead(405, { allow: "GET, HEAD" }).end();
  }
  const [first, ...rest] = new URL(request.url ?? "/", "http://localhost").pathname.slice(1).split("/");
  switch (first) {
    case "":
      return answerWithFile(response, PAGE, ["index.html"]);
    case "favicon.ico":
      return answerWithFile(response, PAGE, ["seal.svg"]);
    case "trusted-root.json":
      return answerWithFile(response, worlds, [first]);
    case "mirror":
      return answerAsMirror(response, worlds, rest);
    case "package":
      return ["dist", "generated"].includes(rest[0])
        ? answerWithFile(response, PACKAGE, rest)
        : response.writeHead(404).end();
    default:
      return answerWithFile(response, PAGE, [first, ...rest]);
  }
}
