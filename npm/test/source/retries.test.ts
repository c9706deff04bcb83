/** What a client is told when a server fails, and that it asks again. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import {
  HttpSource,
  MemoryStore,
  Missing,
  type Phase,
  type Source,
  type SourceCode,
  SourceError,
  Updater,
} from "tuf-verifier";
import { fails } from "../refused.js";
import { NOW, Repository } from "../repository.js";
import { failure, source } from "./fetching.js";
import { answer, close, next, ok, type Reply, Server } from "./server.js";

const CONTENT = "the program";

const repository = new Repository();
repository.add("a", CONTENT);
repository.publish();

/** A repository whose server answers the first requests for each file in another way. */
function after(context: TestContext, failures: number, reply: Reply): Promise<Server> {
  const counts = new Map<string, number>();
  return Server.start(context, ({ path }) => {
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    const [, folder, name = ""] = /^\/(metadata|targets)\/(.*)$/.exec(path) ?? [];
    const file = (folder === "metadata" ? repository.metadata : repository.targets).get(name);
    return count <= failures ? reply : file === undefined ? next(answer(404, "", "")) : ok(file);
  });
}

function status(status: number, headers = ""): Reply {
  return next(answer(status, headers, ""));
}

function updater(server: Server, retries: number, longest = 1): Updater {
  return updaterOf(source(server, { retries, backoff: { first: longest, longest } }));
}

function updaterOf(source: Source): Updater {
  const { trustedRoot } = repository;
  return new Updater({ trustedRoot, sources: [source], store: new MemoryStore(), referenceTime: NOW });
}

async function reads(client: Updater): Promise<void> {
  const target = await client.getTargetInfo("a");
  assert.ok(target);
  assert.equal(Buffer.from(await client.readTarget(target)).toString(), CONTENT);
}

/** How often the server was asked for the first file that a client needs. */
function asked(server: Server): number {
  return server.seen.filter(({ path }) => path === "/metadata/2.root.json").length;
}

test("recovers from a failing server", async (context) => {
  for (const code of [429, 500, 502, 503, 504]) {
    const server = await after(context, 2, status(code));
    await reads(updater(server, 2));
    assert.equal(asked(server), 3, String(code));
  }
});

test("recovers from a broken transfer", async (context) => {
  for (const reply of [close(""), close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!")]) {
    await reads(updater(await after(context, 1, reply), 1));
  }
});

test("reports the last failure", async (context) => {
  const server = await after(context, 9, status(503));
  assert.equal((await fails(updater(server, 2).refresh(), SourceError, "source-status")).status, 503);
  assert.equal(asked(server), 3);
});

test("asks no second time where the answer is refused", async (context) => {
  for (const [code, headers] of [
    [400, ""],
    [200, "Content-Encoding: br\r\n"],
    [302, "Location: http://127.0.0.1:1/\r\n"],
  ] as const) {
    const server = await after(context, 1, status(code, headers));
    await assert.rejects(updater(server, 3).refresh(), SourceError);
    assert.equal(asked(server), 1);
  }
});

test("waits as long as the server asks", async (context) => {
  // A backoff of an hour would be waited for, were it not for the header.
  await reads(updater(await after(context, 1, status(503, "Retry-After: 0\r\n")), 1, 3_600_000));
});

test("waits no longer than allowed", async (context) => {
  const server = await after(context, 1, status(429, "Retry-After: 3600\r\n"));
  assert.equal((await fails(updater(server, 5).refresh(), SourceError, "source-status")).retryAfter, 3_600);
  assert.equal(asked(server), 1);
});

test("a client that was given up waits for no next try", async (context) => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const server = await after(context, 1, status(503));
  const ending = new AbortController();
  const asking = updater(server, 1, 3_600_000).refresh({ signal: ending.signal });
  while (timers() === before || asked(server) === 0) {
    await new Promise(setImmediate);
  }
  ending.abort(new Error("enough"));
  await assert.rejects(asking, new Error("enough"));
  await server.idle();
  await new Promise(setImmediate);
  assert.ok(timers() <= before, "a timer is left");
});

test("a transfer that was given up waits for no next try", async (context) => {
  const server = await after(context, 0, next(""));
  const targets = await Server.start(context, () => status(503));
  const hour = { retries: 1, backoff: { first: 3_600_000, longest: 3_600_000 } };
  const client = updaterOf(new HttpSource(`${server.url}/metadata`, `${targets.url}/targets`, hour));
  const target = await client.getTargetInfo("a");
  assert.ok(target);
  const ending = new AbortController();
  const reading = client.readTarget(target, { signal: ending.signal });
  while (targets.seen.length === 0) {
    await new Promise(setImmediate);
  }
  ending.abort(new Error("enough"));
  await assert.rejects(reading, new Error("enough"));
});

test("a rule for tries must be numbers that are not negative", async () => {
  for (const retry of [{ count: -1 }, { count: Number.NaN }, { first: -5 }, { longest: "1" as unknown as number }]) {
    const own = { retry: { count: 1, first: 1, longest: 1, ...retry }, metadata: async () => undefined, target: async () => undefined };
    await assert.rejects(updaterOf(own).refresh(), RangeError);
  }
  const endless = { count: Infinity, first: 0.5, longest: Infinity };
  const own = { retry: endless, metadata: async () => undefined, target: async () => undefined };
  await fails(updaterOf(own).refresh(), Missing, "missing-metadata");
});

test("a source may fail in ways that the contract cannot say", async () => {
  for (const error of [
    new SourceError("a lone \ud800", "source-unreachable"),
    new SourceError("another status", "source-status", { status: 70_000 }),
    new SourceError("another code", "source-lost" as SourceCode),
    new SourceError("another phase", "source-timeout", { phase: "later" as Phase }),
  ]) {
    const own = { metadata: () => Promise.reject(error), target: async () => undefined };
    await assert.rejects(updaterOf(own).refresh(), error);
  }
});

/** What the error of a server says that sends these headers. */
async function retryAfter(context: TestContext, headers: string): Promise<number | undefined> {
  const server = await Server.start(context, () => status(503, headers));
  return (await failure(source(server), "source-status")).retryAfter;
}

test("waits until the date that the server names", async (context) => {
  const sent = "Date: Sun, 06 Nov 1994 08:48:35 GMT\r\n";
  for (const date of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ]) {
    assert.equal(await retryAfter(context, `Retry-After: ${date}\r\n${sent}`), 62, date);
  }
  // Without the server's own clock, that of this machine.
  assert.equal(await retryAfter(context, "Retry-After: Fri, 31 Dec 1999 23:59:59 GMT\r\n"), 0);
});

test("reads dates across leap days and centuries", async (context) => {
  for (const [sent, until, seconds] of [
    ["Tue, 29 Feb 2000 00:00:00 GMT", "Wed, 01 Mar 2000 00:00:00 GMT", 86_400],
    ["Sun, 28 Feb 2100 00:00:00 GMT", "Mon, 01 Mar 2100 00:00:00 GMT", 86_400],
    ["Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 01 Jan 2000 00:00:00 GMT", 1],
    ["Friday, 31-Dec-99 23:59:59 GMT", "Saturday, 01-Jan-00 00:00:00 GMT", 1],
    ["Thu, 01 Jan 1970 00:00:00 GMT", "Fri, 13 Feb 2009 23:31:30 GMT", 1_234_567_890],
  ] as const) {
    assert.equal(await retryAfter(context, `Retry-After: ${until}\r\nDate: ${sent}\r\n`), seconds, until);
  }
});

test("waits on its own where the header is neither", async (context) => {
  for (const value of [
    "soon",
    "-1",
    "1.5",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:49 GMT",
    "Sun, 06 Nov 1994 08:49:37:00 GMT",
    "Sun, 06 Nev 1994 08:49:37 GMT",
    "Sun, 06 Nov 994 08:49:37 GMT",
    "Sun, 06 Nov 0094 08:49:37 GMT",
    "Sun, 06 Nov +994 08:49:37 GMT",
  ]) {
    assert.equal(await retryAfter(context, `Retry-After: ${value}\r\n`), undefined, value);
  }
});
