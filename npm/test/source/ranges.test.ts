/** The end of a file. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { type HttpSource, SourceError } from "tuf-verifier";
import { fails } from "../refused.js";
import { source, text } from "./fetching.js";
import { answer, next, ok, type Reply, Server } from "./server.js";

interface Streamed {
  readonly start: number;
  readonly validator: string | undefined;
  readonly bytes: string;
}

async function streamFrom(source: HttpSource, offset: number, validator?: string): Promise<Streamed> {
  const stream = await source.target("a", { offset, length: 10, validator });
  assert.ok(stream);
  return { start: stream.start, validator: stream.validator, bytes: await text(stream.bytes) };
}

function partial(contentRange: string, body: string): Reply {
  return next(answer(206, `Content-Range: ${contentRange}\r\n`, body));
}

async function validatorOf(context: TestContext, headers: string): Promise<string | undefined> {
  const server = await Server.start(context, () => next(answer(200, headers, "0123456789")));
  return (await streamFrom(source(server), 0)).validator;
}

const WHOLE = { start: 0, validator: undefined, bytes: "0123456789" };

test("asks for the whole without a range", async (context) => {
  const server = await Server.start(context, () => ok("0123456789"));
  assert.deepEqual(await streamFrom(source(server), 0, '"tag"'), WHOLE);
  assert.equal(server.seen[0]?.header("range"), undefined);
  assert.equal(server.seen[0]?.header("if-range"), undefined);
});

test("asks for the rest", async (context) => {
  for (const said of ["bytes 4-9/10", "bytes 4-9/*", "Bytes 4-9/10"]) {
    const server = await Server.start(context, () => partial(said, "456789"));
    assert.deepEqual(await streamFrom(source(server), 4), { start: 4, validator: undefined, bytes: "456789" });
    assert.equal(server.seen[0]?.header("range"), "bytes=4-");
    assert.equal(server.seen[0]?.header("if-range"), undefined);
  }
});

test("names the state of the file", async (context) => {
  const server = await Server.start(context, () => partial("bytes 4-9/10", "456789"));
  await streamFrom(source(server), 4, '"tag"');
  assert.equal(server.seen[0]?.header("if-range"), '"tag"');
});

test("takes the whole where the server sends it", async (context) => {
  const server = await Server.start(context, () => ok("0123456789"));
  assert.deepEqual(await streamFrom(source(server), 4), WHOLE);
});

test("rejects another range", async (context) => {
  for (const said of [
    "bytes 0-9/10",
    "bytes 3-9/10",
    "bytes 5-9/10",
    "bytes 4-3/10",
    "bytes 4-9/9",
    "bytes 4-9/",
    "bytes +4-9/10",
    "bytes 4-9",
    "bytes */10",
    "lines 4-9/10",
    "4-9/10",
    "",
  ]) {
    const server = await Server.start(context, () => partial(said, "456789"));
    const error = await fails(streamFrom(source(server), 4), SourceError, "source-protocol");
    assert.match(error.message, /though the bytes from 4 on were asked for$/);
  }
});

test("rejects a part without its range", async (context) => {
  for (const headers of ["", "Content-Type: multipart/byteranges; boundary=x\r\n"]) {
    const server = await Server.start(context, () => next(answer(206, headers, "456789")));
    await fails(streamFrom(source(server), 4), SourceError, "source-protocol");
  }
});

test("rejects a part where the whole was asked for", async (context) => {
  const server = await Server.start(context, () => partial("bytes 0-9/10", "0123456789"));
  assert.equal((await fails(streamFrom(source(server), 0), SourceError, "source-status")).status, 206);
});

test("asks for the whole where the file is shorter", async (context) => {
  const server = await Server.start(context, (seen) =>
    seen.header("range") === undefined ? ok("012") : next(answer(416, "Content-Range: bytes */3\r\n", "")),
  );
  assert.deepEqual(await streamFrom(source(server), 4, '"tag"'), { ...WHOLE, bytes: "012" });
  assert.equal(server.seen[1]?.header("if-range"), undefined);
  const other = await Server.start(context, () => next(answer(416, "", "")));
  assert.equal((await fails(streamFrom(source(other), 4), SourceError, "source-status")).status, 416);
  assert.equal(other.seen.length, 2);
});

test("asks for the rest behind a redirect too", async (context) => {
  const server = await Server.start(context, (seen) =>
    seen.path === "/targets/a" ? next(answer(302, "Location: /b\r\n", "")) : partial("bytes 4-9/10", "456789"),
  );
  assert.equal((await streamFrom(source(server), 4)).start, 4);
  assert.equal(server.seen[1]?.header("range"), "bytes=4-");
});

test("a strong tag names the state of a file", async (context) => {
  assert.equal(await validatorOf(context, 'ETag: "abc"\r\n'), '"abc"');
  assert.equal(await validatorOf(context, 'ETag: W/"abc"\r\n'), undefined);
  assert.equal(await validatorOf(context, ""), undefined);
});

test("a time of change names the state of a file once it has passed", async (context) => {
  const changed = "Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
  const sent = "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n";
  assert.equal(await validatorOf(context, changed + sent), "Sun, 06 Nov 1994 08:49:37 GMT");
  for (const headers of [
    `${changed}Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n`,
    changed,
    `Last-Modified: yesterday\r\n${sent}`,
    `ETag: W/"abc"\r\n${changed}${sent}`,
  ]) {
    assert.equal(await validatorOf(context, headers), undefined, headers);
  }
});
