/** Limits of length and time, enforced while reading. */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { HttpSource, SourceError, type SourceCode } from "tuf-verifier";
import { fails } from "../refused.js";
import { failure, fetched, fetchedTarget, PATIENT, source, text } from "./fetching.js";
import { answer, close, next, ok, type Reply, Server } from "./server.js";

const HEAD = "HTTP/1.1 200 OK\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

test("accepts a file of the allowed length", async (context) => {
  const server = await Server.start(context, () => ok("x".repeat(1_000)));
  assert.equal(await fetched(source(server)), "x".repeat(1_000));
});

test("stops one byte past the allowed length", async (context) => {
  const zeros = "\0".repeat(2_000);
  const replies: readonly Reply[] = [
    ok("\0".repeat(5_000)),
    { bytes: `${HEAD}\r\n`, then: "endless" },
    { bytes: `${HEAD}Content-Length: 99999999999999\r\n\r\n`, then: "endless" },
    { bytes: `${CHUNKED}7d0\r\n${zeros}`, then: "stall" },
  ];
  for (const reply of replies) {
    const server = await Server.start(context, () => reply);
    assert.equal(await fetched(source(server)), "\0".repeat(1_001));
    await server.idle();
  }
});

test("reads nothing past a limit of zero", async (context) => {
  const server = await Server.start(context, () => ok("xyz"));
  assert.equal((await source(server).metadata("a.json", 0))?.length, 1);
  assert.equal((await source(server).metadata("a.json", Number.MAX_SAFE_INTEGER))?.length, 3);
});

test("reads chunks", async (context) => {
  const server = await Server.start(context, () => next(`${CHUNKED}2\r\n{}\r\n0\r\n\r\n`));
  assert.equal(await fetched(source(server)), "{}");
});

test("reports a body that breaks off", async (context) => {
  for (const bytes of [`${HEAD}Content-Length: 10\r\n\r\nfive!`, `${CHUNKED}a\r\nfive!`]) {
    const server = await Server.start(context, () => close(bytes));
    await failure(source(server), "source-unreadable");
  }
});

test("reports a target that breaks off", async (context) => {
  const server = await Server.start(context, () => close(`${HEAD}Content-Length: 10\r\n\r\nfive!`));
  const error = await fails(fetchedTarget(source(server), "a/b"), SourceError, "source-unreadable");
  assert.equal(error.message, `cannot read ${server.url}/targets/a/b`);
});

test("reports a target that breaks off where nothing tells its length", async (context) => {
  for (const framing of ["Connection: close\r\n\r\n", "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\na\r\n"]) {
    const server = await Server.start(context, () => close(`${HEAD}${framing}five!`));
    for (const [offset, length] of [
      [0, 6],
      [3, 9],
    ] as const) {
      const stream = await source(server).target("a", { offset, length });
      await fails(text(stream?.bytes ?? assert.fail()), SourceError, "source-unreadable");
    }
    const whole = await source(server).target("a", { offset: 0, length: 5 });
    assert.equal(await text(whole?.bytes ?? assert.fail()), "five!");
  }
  // A file that is shorter than its metadata says is no broken transfer.
  const short = await Server.start(context, () => ok("five!"));
  const stream = await source(short).target("a", { offset: 0, length: 6 });
  assert.equal(await text(stream?.bytes ?? assert.fail()), "five!");
});

test("reports a reset connection", async (context) => {
  const server = createServer((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await failure(new HttpSource(url, url), "source-unreachable");
});

test("reports what is no HTTP", async (context) => {
  const replies = ["SSH-2.0-OpenSSH\r\n\r\n", `${CHUNKED}zz\r\n`, answer(200, `X: ${"x".repeat(100_000)}\r\n`, "")];
  for (const bytes of replies) {
    const server = await Server.start(context, () => close(bytes));
    await failure(source(server), "source-protocol");
  }
});

/** The error of a reply under these limits, of metadata and of a target. */
function gives(name: string, reply: Reply, limits: Partial<typeof PATIENT>, code: SourceCode, phase?: string): void {
  test(name, async (context) => {
    const server = await Server.start(context, () => reply);
    const error = await failure(source(server, { timeouts: { ...PATIENT, ...limits } }), code);
    assert.equal(error.phase, phase);
    await server.idle();
  });
}

const timeout = "source-timeout";
gives("gives up on a server that does not answer", { bytes: HEAD, then: "stall" }, { response: 30 }, timeout, "response");
gives(
  "gives up on an answer whose headers drip",
  { bytes: `${HEAD}X: `, then: "drip" },
  { response: 40 },
  timeout,
  "response",
);
gives(
  "gives up on a body that stalls",
  { bytes: `${HEAD}Content-Length: 9\r\n\r\nab`, then: "stall" },
  { idle: 30 },
  timeout,
  "bytes",
);
gives(
  "gives up on a slow retrieval",
  { bytes: `${HEAD}\r\n`, then: "drip" },
  { window: 40, minBytes: 1_000_000 },
  "source-too-slow",
);
gives(
  "gives up on metadata that takes too long",
  { bytes: `${HEAD}\r\n`, then: "drip" },
  { metadata: 40 },
  timeout,
  "end",
);
// A server may send the heads of chunks byte by byte too. No byte of the body comes out of them.
gives(
  "gives up on metadata whose framing drips",
  { bytes: `${CHUNKED}1;`, then: "drip" },
  { metadata: 40 },
  timeout,
  "end",
);

test("gives up on a slow target", async (context) => {
  const server = await Server.start(context, () => ({ bytes: `${HEAD}\r\n`, then: "drip" }));
  const slow = source(server, { timeouts: { ...PATIENT, window: 40, minBytes: 1_000_000 } });
  await fails(fetchedTarget(slow), SourceError, "source-too-slow");
  const short = source(server, { timeouts: { ...PATIENT, target: 40 } });
  assert.equal((await fails(fetchedTarget(short), SourceError, "source-timeout")).phase, "end");
});

test("gives up on a target whose framing drips", async (context) => {
  const server = await Server.start(context, () => ({ bytes: `${CHUNKED}1;`, then: "drip" }));
  // 1,000 bytes take five windows at most.
  const limited = source(server, { timeouts: { ...PATIENT, window: 10, minBytes: 250 } });
  const stream = await limited.target("a", { offset: 0, length: 1_000 });
  assert.ok(stream);
  const error = await fails(text(stream.bytes), SourceError, "source-timeout");
  assert.equal(error.message, `${server.url}/targets/a: no end of the transfer within 0.05 seconds`);
});

test("gives a target the time of what the server sends of it", async (context) => {
  const rest = "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 900-999/1000\r\n";
  for (const [head, seconds] of [
    [HEAD, 0.05],
    [rest, 0.01],
  ] as const) {
    const server = await Server.start(context, () => ({ bytes: `${head}Transfer-Encoding: chunked\r\n\r\n1;`, then: "drip" }));
    const limited = source(server, { timeouts: { ...PATIENT, window: 10, minBytes: 250 } });
    const stream = await limited.target("a", { offset: 900, length: 1_000 });
    const error = await fails(text(stream?.bytes ?? assert.fail()), SourceError, "source-timeout");
    assert.equal(error.message, `${server.url}/targets/a: no end of the transfer within ${seconds} seconds`);
  }
});

test("accepts the longest limits", async (context) => {
  const server = await Server.start(context, () => ok("7".repeat(1_000_000)));
  const longest = source(server, { timeouts: { ...PATIENT, metadata: Number.MAX_VALUE, idle: 2 ** 40, minBytes: 1 } });
  assert.equal((await longest.metadata("1.root.json", 1_000_000))?.length, 1_000_000);
  assert.equal((await fetchedTarget(longest))?.length, 1_000_000);
});

/** 20 MB of zeros. Node would inflate them. */
const BOMB = answer(200, "Content-Encoding: gzip\r\n", gzipSync(Buffer.alloc(20_000_000)));

test("takes nothing that is encoded", async (context) => {
  const server = await Server.start(context, () => close(BOMB));
  const error = await failure(source(server), "source-protocol");
  assert.match(error.message, /the answer is encoded \("gzip"\), though it was asked for as it is$/);
  await fails(fetchedTarget(source(server), "a.tar.gz"), SourceError, "source-protocol");
  for (const coding of ["br", "deflate", "zstd", "aws-chunked", "identity, gzip"]) {
    const other = await Server.start(context, () => close(answer(200, `Content-Encoding: ${coding}\r\n`, "{}")));
    await failure(source(other), "source-protocol");
  }
  const plain = await Server.start(context, () => close(answer(200, "Content-Encoding: Identity\r\n", "{}")));
  assert.equal(await fetched(source(plain)), "{}");
});

test("takes no transfer coding but chunks", async (context) => {
  for (const coding of ["gzip, chunked", "gzip", "chunked, gzip", "chunked, chunked", "x"]) {
    const bytes = `${HEAD}Transfer-Encoding: ${coding}\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
    const server = await Server.start(context, () => close(bytes));
    await failure(source(server), "source-protocol");
    await fails(fetchedTarget(source(server)), SourceError, "source-protocol");
  }
});
