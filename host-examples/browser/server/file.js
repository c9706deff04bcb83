// Files of a folder, as answers to HTTP requests.

import { readFile } from "node:fs/promises";
import path from "node:path";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** What a folder's file may be called: no way leads out of the folder. */
const NAME = /^[A-Za-z0-9_~%-][A-Za-z0-9._~%-]*$/;

/**
 * Answers with a file, or with 404.
 *
 * @param {import("node:http").ServerResponse} response
 * @param {string} folder
 * @param {readonly string[]} names the segments of its path below the folder, as they are in the URL.
 */
export async function answerWithFile(response, folder, names) {
  let bytes;
  try {
    bytes = names.every((name) => NAME.test(name)) ? await readFile(path.join(folder, ...names)) : undefined;
  } catch {
    // A folder, or no such file.
  }
  if (bytes === undefined) {
    return response.writeHead(404, { "content-type": "text/plain" }).end("there is no such file\n");
  }
  const type = TYPES[path.extname(names.at(-1) ?? "")] ?? "application/octet-stream";
  response.writeHead(200, { "content-type": type, "content-length": bytes.length }).end(bytes);
}
