// The mirrors of the repository. What is wrong with most of them is in their files; the others are made here.

import { answerWithFile } from "./file.js";

/** Mirrors that have the honest one's files, and answer in a way of their own. */
const OF_HONEST = {
  endless: (response, names) => names.join("/") === "metadata/timestamp.json" && answerWithoutEnd(response),
  unavailable: (response) => response.writeHead(503, { "content-type": "text/plain" }).end("try again later\n"),
  unreachable: (response) => response.destroy(),
};

/**
 * Answers as a mirror does.
 *
 * @param {import("node:http").ServerResponse} response
 * @param {string} worlds the folder of the mirrors.
 * @param {readonly string[]} path the mirror's name, and the segments of the path below it.
 */
export async function answerAsMirror(response, worlds, [mirror = "", ...names]) {
  const special = Object.hasOwn(OF_HONEST, mirror) ? OF_HONEST[mirror] : undefined;
  if (special?.(response, names)) {
    return;
  }
  return answerWithFile(response, worlds, [special === undefined ? mirror : "honest", ...names]);
}

/** Sends a beginning of JSON and then blanks, until the client hangs up. */
function answerWithoutEnd(response) {
  const blanks = Buffer.alloc(4096, " ");
  const send = () => {
    while (!response.destroyed && response.write(blanks)) {
      // Until the client reads no more.
    }
  };
  response.writeHead(200, { "content-type": "application/json" });
  response.write('{"signatures":[');
  response.on("drain", send);
  send();
  return true;
}
