// The tuf-js peer: one request a line on standard input, one answer a line on standard output.
//
// A request is {"write": PLAN} or {"read": JOURNEY}, as tests/oracle/src/plan.rs and journey.rs describe them.

import { createInterface } from "node:readline";

import { read } from "./reading.js";
import { write } from "./writing.js";

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  const answer = request.write ? write(request.write) : await read(request.read);
  console.log(JSON.stringify(answer));
}
