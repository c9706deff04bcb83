/** When a request is made again, and how long is waited before. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { failure, fetched, fetchedTarget, PATIENT, QuickClock, source } from "./fetching.js";
import { answer, close, next, ok, type Reply, Server } from "./server.js";

/** A server that fails so many times, and then has the file. */
function after(context: TestContext, failures: number, reply: Reply): Promise<Server> {
  let count = 0;
  return Server.start(context, () => (count++ < failures ? reply : ok("{}")));
}

function status(status: number, headers = ""): Reply {
  return next(answer(status, headers, ""));
}

/** Options with which waits are counted and not waited for. */
function quick(retries: number): { readonly retries: number; readonly clock: QuickClock; readonly timeouts: typeof PATIENT } {
  return { retries, clock: new QuickClock(), timeouts: PATIENT };
}

test("recovers from a failing server", async (context) => {
  for (const code of [429, 500, 502, 503, 504]) {
    const server = await after(context, 2, status(code));
    assert.equal(await fetched(source(server, quick(2))), "{}", String(code));
    assert.equal(server.seen.length, 3);
  }
});

test("recovers from a broken transfer", async (context) => {
  for (const reply of [close(""), close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!")]) {
    const server = await after(context, 1, reply);
    assert.equal(await fetched(source(server, quick(1))), "{}");
  }
});

test("recovers a target before its first byte", async (context) => {
  const server = await after(context, 2, status(503));
  assert.equal(await fetchedTarget(source(server, quick(2))), "{}");
});

test("reports the last failure", async (context) => {
  const server = await after(context, 9, status(503));
  assert.equal((await failure(source(server, quick(2)), "source-status")).status, 503);
  assert.equal(server.seen.length, 3);
});

test("asks no second time where there is an answer", async (context) => {
  for (const code of [403, 404, 410]) {
    const server = await after(context, 1, status(code));
    assert.equal(await fetched(source(server, quick(3))), undefined);
    assert.equal(server.seen.length, 1);
  }
  for (const code of [400, 401, 418]) {
    const server = await after(context, 1, status(code));
    await failure(source(server, quick(3)), "source-status");
    assert.equal(server.seen.length, 1);
  }
});

test("asks no second time where the answer is refused", async (context) => {
  const encoded = await after(context, 1, status(200, "Content-Encoding: br\r\n"));
  await failure(source(encoded, quick(3)), "source-protocol");
  const redirecting = await after(context, 1, status(302, "Location: http://127.0.0.1:1/\r\n"));
  await failure(source(redirecting, quick(3)), "source-redirect");
  assert.equal(encoded.seen.length + redirecting.seen.length, 2);
});

test("waits longer each time, up to the longest", async (context) => {
  const server = await after(context, 9, status(503));
  const options = quick(4);
  await failure(source(server, { ...options, backoff: { first: 100, longest: 400 } }), "source-status");
  const { waits } = options.clock;
  assert.equal(waits.length, 4);
  for (const [index, most] of [100, 200, 400, 400].entries()) {
    const wait = waits[index] ?? 0;
    assert.ok(wait >= most / 2 && wait <= most, `the wait ${index} was ${wait}`);
  }
});

test("waits as long as the server asks", async (context) => {
  const server = await after(context, 1, status(503, "Retry-After: 7\r\n"));
  const options = quick(1);
  assert.equal(await fetched(source(server, options)), "{}");
  assert.deepEqual(options.clock.waits, [7_000]);
});

test("waits no longer than allowed", async (context) => {
  const server = await after(context, 1, status(429, "Retry-After: 3600\r\n"));
  assert.equal((await failure(source(server, quick(5)), "source-status")).retryAfter, 3_600);
  assert.equal(server.seen.length, 1);
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
