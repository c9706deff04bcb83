/** HTTP as a browser does it: it follows redirects and decodes by itself, and asks other origins for permission. */

import assert from "node:assert/strict";
import path from "node:path";
import type { Page } from "playwright-core";
import { gzipSync } from "node:zlib";
import { answer, close, next, ok, type Reply, type Seen, Server } from "../source/server.js";
import { inChromium, type World } from "./chromium.js";
import { type Outcome, run } from "./in-page.js";
import { PROJECT } from "./site.js";

const ANYBODY = "Access-Control-Allow-Origin: *\r\n";

inChromium("follows a redirect within the origin", async (world) => {
  const [page, server] = await pageOf(world, (seen) =>
    seen.path.startsWith("/metadata/") ? moved("/elsewhere/file") : ok("{}"),
  );
  assert.deepEqual(await fetched(page, server.url), { value: "{}" });
  assert.equal(server.paths.at(-1), "/elsewhere/file");
});

inChromium("rejects what came from another origin, and takes it where that is allowed", async (world) => {
  const [page, server] = await pageOf(world, (seen) =>
    seen.path.startsWith("/metadata/") ? moved(`http://other.test:${server.port}/file`) : next(answer(200, ANYBODY, "{}")),
  );
  const from = `${server.url}/metadata/1.root.json redirects to http://other.test:${server.port}/file`;
  const message = `${from}, which is not followed: it is another origin`;
  assert.deepEqual(await fetched(page, server.url), { code: "source-redirect", message });
  const allowed = await fetched(page, server.url, [`http://other.test:${server.port}`]);
  assert.deepEqual(allowed, { value: "{}" });
});

inChromium("gives no answer where another origin does not let the page read", async (world) => {
  const [page, server] = await pageOf(world, () => ok("{}"));
  const base = `http://other.test:${server.port}`;
  const outcome = await fetched(page, base);
  assert.deepEqual(outcome, { code: "source-unreachable", message: `cannot reach ${base}/metadata/1.root.json` });
});

inChromium("tells a file that is not there from a server that has no answer", async (world) => {
  const statuses = [404, 403, 410, 500];
  const [page, server] = await pageOf(world, () => next(answer(statuses.shift() ?? 200, "", "")));
  const outcomes: Outcome[] = [];
  while (statuses.length > 0) {
    outcomes.push(await fetched(page, server.url));
  }
  const failed = { code: "source-status", message: `the server answered 500 for ${server.url}/metadata/1.root.json` };
  assert.deepEqual(outcomes, [{ value: undefined }, { value: undefined }, { value: undefined }, failed]);
});

inChromium("limits the bytes of the file, however few were sent of it", async (world) => {
  const encoded = answer(200, "Content-Encoding: gzip\r\n", gzipSync(Buffer.alloc(10_000_000, " ")));
  const [page, server] = await pageOf(world, () => next(encoded));
  const length = await run(
    page,
    async ({ HttpSource }, base) => {
      const source = new HttpSource(`${base}/metadata`, `${base}/targets`);
      return (await source.metadata("1.root.json", 1_000))?.length;
    },
    server.url,
  );
  assert.deepEqual(length, { value: 1_001 });
});

inChromium("goes on behind the bytes that are there", async (world) => {
  const [page, server] = await pageOf(world, (seen) => {
    assert.equal(seen.header("range"), "bytes=4-");
    return next(answer(206, "Content-Range: bytes 4-9/10\r\n", "456789"));
  });
  assert.deepEqual(await resumed(page, server.url), { value: [4, "456789"] });
});

inChromium("reports a transfer that breaks off", async (world) => {
  const [page, server] = await pageOf(world, () => close("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123"));
  const outcome = await resumed(page, server.url);
  assert.equal("code" in outcome && outcome.code, "source-unreadable", JSON.stringify(outcome));
});

inChromium("ends with the signal's reason", async (world) => {
  const [page, server] = await pageOf(world, () => ({ bytes: "HTTP/1.1 200 OK\r\n\r\n", then: "drip" }));
  const outcome = await run(
    page,
    async ({ HttpSource }, base) => {
      const controller = new AbortController();
      const source = new HttpSource(`${base}/metadata`, `${base}/targets`);
      const stream = await source.target("a", { offset: 0, length: 1_000 }, controller.signal);
      for await (const _ of stream?.bytes ?? []) {
        controller.abort(new RangeError("enough"));
      }
    },
    server.url,
  );
  assert.deepEqual(outcome, { code: "RangeError", message: "enough" });
});

/** A page of a server's origin, into which the package comes from its folder. The server is asked for all else. */
async function pageOf(world: World, reply: (seen: Seen) => Reply): Promise<readonly [Page, Server]> {
  const html = next(answer(200, "Content-Type: text/html\r\n", "<link rel=icon href=data:,>"));
  const server = await Server.start(world.test, (seen) => (seen.path === "/" ? html : reply(seen)));
  const page = await world.browser.newPage();
  await page.route("**/package/**", (route) => {
    const file = new URL(route.request().url()).pathname.slice("/package/".length);
    return route.fulfill({ path: path.join(PROJECT, "npm", file) });
  });
  await page.goto(server.url);
  return [page, server];
}

function moved(to: string): Reply {
  return next(answer(302, `Location: ${to}\r\n${ANYBODY}`, ""));
}

/** The metadata file `1.root.json` as text. */
function fetched(page: Page, base: string, redirectOrigins: readonly string[] = []): Promise<Outcome> {
  return run(
    page,
    async ({ HttpSource }, [base, redirectOrigins]) => {
      const source = new HttpSource(`${base}/metadata`, `${base}/targets`, { redirectOrigins });
      const bytes = await source.metadata("1.root.json", 1_000);
      return bytes && new TextDecoder().decode(bytes);
    },
    [base, redirectOrigins] as const,
  );
}

/** Where the stream of the target `a` starts, and its text, where four of its ten bytes are there. */
function resumed(page: Page, base: string): Promise<Outcome> {
  return run(
    page,
    async ({ HttpSource }, base) => {
      const source = new HttpSource(`${base}/metadata`, `${base}/targets`);
      const stream = await source.target("a", { offset: 4, length: 10 });
      let text = "";
      for await (const chunk of stream?.bytes ?? []) {
        text += new TextDecoder().decode(chunk);
      }
      return [stream?.start, text];
    },
    base,
  );
}
