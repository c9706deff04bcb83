/** Where redirects may lead. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { HttpSource, type SourceError } from "tuf-verifier";
import { failure, fetched, fetchedTarget, source } from "./fetching.js";
import { answer, next, ok, type Reply, Server } from "./server.js";

function redirect(status: number, to: string): Reply {
  return next(answer(status, `Location: ${to}\r\n`, "moved"));
}

function redirecting(context: TestContext, status: number, to: string): Promise<Server> {
  return Server.start(context, (seen) => (/^\/(?:metadata|targets)\//.test(seen.path) ? redirect(status, to) : ok("{}")));
}

async function refuses(source: HttpSource, reason: string): Promise<void> {
  const error = await failure(source, "source-redirect");
  assert.ok(error.message.endsWith(`, which is not followed: ${reason}`), error.message);
}

const ANOTHER = "it is another origin";

test("follows a redirect within the origin", async (context) => {
  for (const [status, to, path] of [
    [301, "/moved/1.root.json", "/moved/1.root.json"],
    [302, "../moved/./1.root.json", "/moved/1.root.json"],
    [303, "../../../../a/../b/", "/b/"],
    [307, "/a?token=1", "/a?token=1"],
    [308, "/a#fragment", "/a"],
  ] as const) {
    const server = await redirecting(context, status, to);
    assert.equal(await fetched(source(server)), "{}");
    assert.deepEqual(server.paths, ["/metadata/1.root.json", path]);
  }
});

test("follows an absolute redirect within the origin", async (context) => {
  const server = await Server.start(context, (seen) => {
    switch (seen.path) {
      case "/targets/a":
        return redirect(302, `http://${seen.header("host")}/b`);
      case "/b":
        return redirect(302, `//${seen.header("host")}/c`);
      default:
        return ok("bytes");
    }
  });
  assert.equal(await fetchedTarget(source(server)), "bytes");
  assert.deepEqual(server.paths, ["/targets/a", "/b", "/c"]);
});

test("refuses another origin", async (context) => {
  const other = await Server.start(context, () => ok("{}"));
  for (const to of [`${other.url}/a`, `//127.0.0.1:${other.port}/a`, `http://localhost:${other.port}/a`]) {
    await refuses(source(await redirecting(context, 302, to)), ANOTHER);
  }
  assert.deepEqual(other.seen, []);
});

test("refuses another scheme", async (context) => {
  await refuses(source(await redirecting(context, 302, "https://127.0.0.1/a")), ANOTHER);
  for (const to of ["ftp://127.0.0.1/a", "file:///etc/passwd", "javascript:alert(1)", "data:,{}"]) {
    await refuses(source(await redirecting(context, 302, to)), "only http and https URLs are supported");
  }
});

test("refuses the same host in another scheme", async (context) => {
  const other = await Server.start(context, () => ok("{}"));
  const server = await redirecting(context, 302, `${other.url}/a`);
  await refuses(source(server, { redirectOrigins: [other.url.replace("http:", "https:")] }), ANOTHER);
  assert.deepEqual(other.seen, []);
});

test("follows to an allowed origin", async (context) => {
  const other = await Server.start(context, () => ok("{}"));
  const server = await redirecting(context, 302, `${other.url}/a`);
  assert.equal(await fetched(source(server, { redirectOrigins: [other.url] })), "{}");
  assert.deepEqual(other.paths, ["/a"]);
});

test("refuses a loop", async (context) => {
  const server = await Server.start(context, (seen) =>
    redirect(302, seen.path === "/metadata/1.root.json" ? "/a" : "/metadata/1.root.json"),
  );
  await refuses(source(server), "it is a loop");
  assert.deepEqual(server.paths, ["/metadata/1.root.json", "/a"]);
  await refuses(source(await redirecting(context, 302, "1.root.json")), "it is a loop");
});

test("refuses an endless chain", async (context) => {
  const server = await Server.start(context, (seen) => redirect(302, `${seen.path}x`));
  const reason = "there were too many redirects before";
  await refuses(source(server, { maxRedirects: 3 }), reason);
  assert.equal(server.seen.length, 4);
  await refuses(source(server, { maxRedirects: 0 }), reason);
});

test("refuses a redirect to nowhere", async (context) => {
  const server = await Server.start(context, () => next(answer(302, "", "")));
  const error = await failure(source(server), "source-redirect");
  assert.equal(
    error.message,
    `${server.url}/metadata/1.root.json redirects to nowhere, which is not followed: the answer has no usable Location header`,
  );
  for (const to of ["http://", "//", "http://a b/"]) {
    await refuses(source(await redirecting(context, 302, to)), "this is no URL");
  }
});

function shown(error: SourceError): string {
  return [error.message, error.advice, error.location, String(error.cause)].join("\n");
}

test("shows no secret of a redirect", async (context) => {
  const other = await Server.start(context, () => ok("{}"));
  for (const to of [
    `http://user:hunter2@127.0.0.1:${other.port}/a`,
    `http://127.0.0.1:${other.port}/a?signature=hunter2`,
    `http://127.0.0.1:${other.port}/a?x=@hunter2`,
    "ftp://user:hunter2@127.0.0.1/a",
    "http://user:hunter2/@[",
  ]) {
    const error = await failure(source(await redirecting(context, 302, to)), "source-redirect");
    assert.ok(!shown(error).includes("hunter2"), shown(error));
  }
  // Within the origin, and with credentials.
  const server = await Server.start(context, (seen) => redirect(302, `http://user:hunter2@${seen.header("host")}/a`));
  await refuses(source(server), "the URL has credentials in a place where none may be");
  // The answer of a place that a redirect with a secret in its query led to.
  const failing = await Server.start(context, (seen) =>
    seen.path === "/metadata/1.root.json" ? redirect(302, "/a?signature=hunter2") : next(answer(500, "", "")),
  );
  const error = await failure(source(failing), "source-status");
  assert.equal(error.location, `${failing.url}/a?…`);
  assert.ok(!shown(error).includes("hunter2"), shown(error));
});

test("sends credentials to their origin alone", async (context) => {
  const other = await Server.start(context, () => ok("{}"));
  const server = await redirecting(context, 302, `${other.url}/a`);
  const base = `http://us%65r:p%40ss@127.0.0.1:${server.port}/metadata`;
  const own = new HttpSource(base, base, { redirectOrigins: [other.url] });
  assert.equal(await fetched(own), "{}");
  // user:p@ss
  assert.equal(server.seen[0]?.header("authorization"), "Basic dXNlcjpwQHNz");
  assert.equal(other.seen[0]?.header("authorization"), undefined);
});

/** A browser hides a redirect that it is told not to follow, and shows where it ended once it has followed it. */
const browser: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (init?.redirect === "manual" && response.status >= 300 && response.status < 400) {
    const hidden = new Response(null, { status: 200 });
    return Object.defineProperties(hidden, { type: { value: "opaqueredirect" }, status: { value: 0 } });
  }
  return response;
};

test("judges where a browser has followed to", async (context) => {
  const server = await redirecting(context, 302, "/moved");
  assert.equal(await fetched(source(server, { fetch: browser })), "{}");
  const other = await Server.start(context, () => ok("{}"));
  const away = await redirecting(context, 302, `${other.url}/a?signature=hunter2`);
  await refuses(source(away, { fetch: browser }), ANOTHER);
  assert.equal(await fetched(source(away, { fetch: browser, redirectOrigins: [other.url] })), "{}");
});

test("rejects a redirect from https to http, whatever is allowed by name", async (context) => {
  const other = await Server.start(context, () => ok("{}"));
  const downgrade: typeof fetch = async () => new Response(null, { status: 302, headers: { location: `${other.url}/a` } });
  const base = "https://user:hunter2@repository.example/metadata";
  const own = new HttpSource(base, base, { fetch: downgrade, redirectOrigins: [other.url] });
  await refuses(own, "it is not behind https");
  assert.deepEqual(other.seen, []);
});

test("rejects a redirect with credentials to where a browser does not show", async (context) => {
  const server = await redirecting(context, 302, "/moved");
  const base = `http://user:hunter2@127.0.0.1:${server.port}/metadata`;
  await refuses(new HttpSource(base, base, { fetch: browser }), "credentials are not sent to a place that nobody sees");
  assert.equal(server.paths.length, 1);
});
