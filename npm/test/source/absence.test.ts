/** What is a statement by the repository, and what only says that there is none. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpSource } from "tuf-verifier";
import { failure, fetched, fetchedTarget, source } from "./fetching.js";
import { answer, next, ok, type Reply, Server } from "./server.js";

test("reads a metadata file", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  assert.equal(await fetched(source(server)), "{}");
  assert.deepEqual(server.paths, ["/metadata/1.root.json"]);
});

test("reads a target as a stream", async (context) => {
  const server = await Server.start(context, () => ok("bytes"));
  assert.equal(await fetchedTarget(source(server), "a/b.txt"), "bytes");
  assert.deepEqual(server.paths, ["/targets/a/b.txt"]);
});

test("takes 403, 404 and 410 for absence", async (context) => {
  for (const status of [403, 404, 410]) {
    const server = await Server.start(context, () => next(answer(status, "", "no such file")));
    assert.equal(await fetched(source(server)), undefined);
    assert.equal(await fetchedTarget(source(server)), undefined);
  }
});

test("takes no other status for an answer", async (context) => {
  for (const status of [201, 204, 206, 300, 304, 400, 401, 416, 418, 429, 500, 503]) {
    const server = await Server.start(context, () => next(answer(status, "", "")));
    const error = await failure(source(server), "source-status");
    assert.equal(error.status, status);
    assert.equal(error.message, `the server answered ${status} for ${server.url}/metadata/1.root.json`);
  }
});

test("an absent server is no absent file", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  await server.stop();
  const url = `http://127.0.0.1:${await unusedPort(context)}/`;
  const error = await failure(new HttpSource(url, url), "source-unreachable");
  assert.equal(error.message, `cannot reach ${url}1.root.json`);
  const unknown = new HttpSource("http://nowhere.invalid", "http://nowhere.invalid");
  await failure(unknown, "source-unreachable");
});

/** A port that was just free. */
async function unusedPort(context: Parameters<typeof Server.start>[0]): Promise<number> {
  const server = await Server.start(context, () => ok(""));
  const { port } = server;
  await server.stop();
  return port;
}

test("uses connections again, also after an answer that there is no such file", async (context) => {
  const absent: Reply = { bytes: "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\n", later: "no", then: "next" };
  const server = await Server.start(context, (seen) => (/\/1\d/.test(seen.path) ? absent : ok("{}")));
  const asked = source(server);
  for (let version = 1; version <= 20; version += 1) {
    await asked.metadata(`${version}.root.json`, 1_000);
  }
  // Node takes another one where it has not noticed yet that the last is free.
  const connections = new Set(server.seen.map((seen) => seen.connection)).size;
  assert.ok(connections <= 5, `${connections} connections`);
});

test("names itself, asks for the bytes as they are, and takes none from a cache", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  await fetched(source(server, { userAgent: "example/1.0" }));
  const [seen] = server.seen;
  assert.equal(seen?.method, "GET");
  assert.equal(seen?.header("accept-encoding"), "identity");
  assert.equal(seen?.header("user-agent"), "example/1.0");
  assert.equal(seen?.header("cache-control"), "no-cache");
});

test("goes through the fetch that it is given", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  const asked: string[] = [];
  const own: typeof fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  assert.equal(await fetched(source(server, { fetch: own })), "{}");
  assert.deepEqual(asked, [`${server.url}/metadata/1.root.json`]);
});

test("ends when it is told to", async (context) => {
  const reason = new Error("enough");
  for (const bytes of ["", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"]) {
    const ending = new AbortController();
    const server = await Server.start(context, () => {
      setImmediate(() => ending.abort(reason));
      return { bytes, then: "stall" };
    });
    await assert.rejects(source(server).metadata("1.root.json", 1_000, ending.signal), reason);
  }
  const server = await Server.start(context, () => ok("{}"));
  await assert.rejects(source(server).metadata("1.root.json", 1_000, AbortSignal.abort(reason)), reason);
  assert.equal(server.seen.length, 0);
});

test("ends when it is told to, also where the fetch that it is given does not", async (context) => {
  const deaf: typeof fetch = (input) => fetch(input);
  const reason = new Error("enough");
  const server = await Server.start(context, () => ({ bytes: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab", then: "stall" }));
  const ending = new AbortController();
  const stream = await source(server, { fetch: deaf }).target("a", { offset: 0, length: 9 }, ending.signal);
  const reading = stream?.bytes[Symbol.asyncIterator]();
  assert.equal((await reading?.next())?.value.length, 2);
  const more = reading?.next();
  ending.abort(reason);
  await assert.rejects(more ?? assert.fail(), reason);
  const late = new AbortController();
  const other = await source(server, { fetch: deaf }).target("a", { offset: 0, length: 9 }, late.signal);
  late.abort(reason);
  await assert.rejects(other?.bytes[Symbol.asyncIterator]().next() ?? assert.fail(), reason);
});

test("closes the connection of a target that is not read to its end", async (context) => {
  const server = await Server.start(context, () => ({
    bytes: "HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
    then: "endless",
  }));
  const stream = await source(server).target("a", { offset: 0, length: 99_999_999 });
  for await (const chunk of stream?.bytes ?? []) {
    assert.ok(chunk.length > 0);
    break;
  }
  await server.idle();
});
