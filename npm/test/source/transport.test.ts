/** Which way requests leave under Node: the short one, unless somebody has changed where `fetch` leads. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { fetched, failure, source } from "./fetching.js";
import { answer, close, ok, Server } from "./server.js";

/** Runs a program with a source of this server, in a process where nothing else has loaded `fetch`. It must end by itself. */
async function printed(server: Server, program: string): Promise<string> {
  const script = `
    import { HttpSource } from "tuf-verifier";
    const source = new HttpSource("${server.url}", "${server.url}");
    const file = () => source.metadata("1.root.json", 100).then((bytes) => new TextDecoder().decode(bytes), (error) => error.code);
    const loaded = () => process.moduleLoadList.some((name) => name.includes("undici/undici"));
    ${program}`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", script], { timeout: 30_000 });
  return stdout.trim();
}

test("does not load fetch", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  assert.equal(await printed(server, "console.log(await file(), await file(), loaded());"), "{} {} false");
  assert.deepEqual(server.seen.map(({ connection }) => connection), [0, 0]);
});

test("goes through a global fetch that is not Node's", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  const program = `
    const original = fetch;
    globalThis.fetch = (url, init) => (console.log(init.redirect, init.cache, init.headers.get("accept-encoding")), original(url, init));
    console.log(await file());`;
  assert.equal(await printed(server, program), "manual no-store identity\n{}");
});

test("goes through fetch where it has a dispatcher", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  const program = `
    globalThis[Symbol.for("undici.globalDispatcher.1")] = { dispatch: ({ path }) => { console.log(path); throw new Error("no proxy"); } };
    console.log(await file());`;
  assert.equal(await printed(server, program), "/1.root.json\nsource-unreachable");
  assert.deepEqual(server.seen, []);
});

test("goes through fetch once a program has loaded it", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  assert.equal(await printed(server, `await fetch("${server.url}/"); console.log(await file(), loaded());`), "{} true");
  assert.equal(server.seen[1]?.header("sec-fetch-mode"), "cors");
});

test("asks as fetch does", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  await fetched(source(server));
  const [seen] = server.seen;
  assert.deepEqual(
    ["accept", "accept-encoding", "user-agent", "cache-control", "pragma", "authorization"].map((name) => seen?.header(name)),
    ["*/*", "identity", "node", "no-cache", "no-cache", undefined],
  );
});

test("sees all values of a header that comes twice", async (context) => {
  const twice = "Content-Encoding: identity\r\nContent-Encoding: gzip\r\n";
  const server = await Server.start(context, () => close(answer(200, twice, "{}")));
  const error = await failure(source(server), "source-protocol");
  assert.match(error.message, /the answer is encoded \("identity, gzip"\)/);
});
