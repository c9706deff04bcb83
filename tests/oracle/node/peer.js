// The tuf-js peer: one request a line on standard input, one answer a line on standard output.
//
// A request is {"write": PLAN} or {"read": JOURNEY}, as tests/oracle/src/plan.rs and journey.rs describe them, or
// {"follow": WORLD} as tests/oracle/src/worlds/readers.rs writes it.

import { createInterface } from "node:readline";

import { follow } from "./following.js";
import { read } from "./reading.js";
import { write } from "./writing.js";

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = await answerTo(request);
  console.log(JSON.stringify(answer));
}

async function answerTo(request) {
  if (request.write) return write(request.write);
  if (request.follow) return follow(request.follow);
  return read(request.read);
}
