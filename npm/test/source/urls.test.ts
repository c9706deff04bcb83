/** Base URLs, and the names beneath them. */

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { test } from "node:test";
import { HttpSource, SourceError } from "tuf-verifier";
import { fails, throws } from "../refused.js";
import { failure, fetched, source } from "./fetching.js";
import { answer, next, ok, Server } from "./server.js";

test("takes base URLs with and without a slash", async (context) => {
  for (const base of ["", "/", "/tuf", "/tuf/"]) {
    const server = await Server.start(context, () => ok("{}"));
    const url = `${server.url}${base}`;
    await fetched(new HttpSource(url, url));
    assert.deepEqual(server.paths, [`${base.replace(/\/$/, "")}/1.root.json`]);
  }
});

test("refuses base URLs that cannot work", () => {
  for (const url of [
    "",
    "repository.example",
    "/srv/tuf",
    "file:///srv/tuf",
    "ftp://repository.example/",
    "http://",
    "http://user:hunter2@/tuf",
    "http://repository.example:port/",
    "http://repository.example:65536/",
    "http://[::1/",
    "http://repository.example/?signature=hunter2",
    "http://repository.example/#hunter2",
    "http://repository.example/a/../b",
    "http://repository.example/a/%2E./b",
    "http://repository.example/a\\b",
    "http://repository.example/a b",
    "http://repository.example/a\tb",
    "http://user:hun/ter2@repository.example/",
    "http://user:?hunter2@repository.example/",
    "HTTP://user:hunter2@repository.example/\u0001",
  ]) {
    for (const bases of [[url, "http://a.example"] as const, ["http://a.example", url] as const]) {
      const error = throws(() => new HttpSource(bases[0], bases[1]), SourceError, "source-unusable");
      assert.ok(!inspect(error).replace(/at .*/g, "").includes("ter2"), inspect(error));
    }
  }
});

test("refuses other settings that cannot work", () => {
  const url = "http://a.example";
  for (const origin of ["", "a.example", "http://a.example/path", "http://user:hunter2@a.example", "*"]) {
    const error = throws(() => new HttpSource(url, url, { redirectOrigins: [origin] }), SourceError, "source-unusable");
    assert.ok(!error.message.includes("ter2"), error.message);
  }
  throws(() => new HttpSource(url, url, { userAgent: "a\r\nb" }), SourceError, "source-unusable");
  for (const options of [{ retries: -1 }, { timeouts: { idle: Number.NaN } }, { backoff: { first: -1 } }]) {
    assert.throws(() => new HttpSource(url, url, options), RangeError);
  }
});

test("refuses options that are not known", () => {
  const url = "http://a.example";
  for (const options of [{ retry: 1 }, { timeouts: { connect: 1 } }, { backoff: { last: 1 } }]) {
    assert.throws(() => new HttpSource(url, url, options as object), TypeError);
  }
});

test("refuses names that lead elsewhere", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  for (const name of [
    "",
    "/etc/passwd",
    "//evil.example/a",
    "http://evil.example/a",
    "..",
    "../a.json",
    "a/../../b",
    "a/..",
    "./a",
    "a/./b",
    "a//b",
    "a/",
    "%2e%2e/a",
    ".%2E/a",
    "%2e/a",
    "a\\b",
    "..\\a",
    "a?b",
    "a#b",
    "a b",
    "a\r\nHost: evil.example",
    "a\n",
    "ä.json",
    "%",
    "%2",
    "%zz",
    "a%",
  ]) {
    await fails(source(server).metadata(name, 10), SourceError, "source-name");
    await fails(source(server).target(name, { offset: 0, length: 10 }), SourceError, "source-name");
  }
  assert.deepEqual(server.seen, []);
});

test("sends names as they are", async (context) => {
  const server = await Server.start(context, () => ok("{}"));
  const names = ["..%2Frole.json", "a%20b.json", "a%2fB%5c.json", "...json", "a:b@c!$&'()*+,;=~.json"];
  for (const name of names) {
    await source(server).metadata(name, 10);
  }
  assert.deepEqual(
    server.paths,
    names.map((name) => `/metadata/${name}`),
  );
});

test("shows no credentials", async (context) => {
  const server = await Server.start(context, () => next(answer(500, "", "")));
  const base = `http://user:hunter2@127.0.0.1:${server.port}/tuf`;
  const own = new HttpSource(base, base);
  assert.equal(own.location, `${server.url}/tuf/`);
  const error = await failure(own, "source-status");
  assert.ok(!inspect(error).includes("hunter2") && !inspect(own, { showHidden: true }).includes("hunter2"));
  assert.equal(error.location, `${server.url}/tuf/1.root.json`);
});

/** Whoever is on the way would read them, and could use them from then on. */
test("rejects credentials that would cross a network without https", () => {
  const open = "http://repository.example/";
  for (const [metadata, targets] of [
    ["http://user:hunter2@repository.example/", open],
    [open, "http://user:hunter2@repository.example/"],
    ["http://user:hunter2@127.0.0.1.example/", open],
  ] as const) {
    const error = throws(() => new HttpSource(metadata, targets), SourceError, "source-unusable");
    assert.match(error.message, /: credentials are not sent through a network without https$/);
    assert.ok(!error.message.includes("hunter2"), error.message);
  }
  for (const accepted of ["https://u:p@repository.example/", "http://u:p@127.0.0.1:1/", "http://u:p@localhost/", "http://u:p@[::1]/"]) {
    new HttpSource(accepted, open);
  }
});
