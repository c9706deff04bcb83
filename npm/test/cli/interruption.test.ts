/** A user who interrupts: nothing is left behind, and it is no verdict. */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test, type TestContext } from "node:test";
import { Desk, pinned } from "./world/desk.js";
import { Published } from "./world/published.js";
import { GREET, HONEST } from "./world/words.js";

/** A server that has the published files but never answers for one that ends so; and when it was asked for that. */
async function hanging(context: TestContext, published: Published, ending: string): Promise<{
  readonly url: string;
  readonly asked: Promise<void>;
}> {
  const files = new Map<string, Uint8Array>();
  published.repository.metadata.forEach((bytes, name) => files.set(`/metadata/${name}`, bytes));
  published.repository.targets.forEach((bytes, name) => files.set(`/targets/${name}`, bytes));
  let tell: () => void;
  const asked = new Promise<void>((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    if (path.endsWith(ending)) {
      return tell();
    }
    const bytes = files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/metadata`, asked };
}

/** While what is waited for, and what the interruption finds. */
const MOMENTS = [
  ["during the refresh", "timestamp.json"],
  ["while tarballs are fetched", "words-1.1.0.tgz"],
  ["while npm runs", "greet-2.0.0.tgz"],
] as const;

for (const [name, ending] of MOMENTS) {
  test(name, async (context) => {
    const published = new Published(HONEST);
    const { url, asked } = await hanging(context, published, ending);
    const desk = new Desk(context);
    desk.trust(published);
    // One that some platforms do not need is fetched when npm asks.
    desk.project(HONEST, (one) => ({ ...pinned(one), ...(one === GREET ? { optional: true } : {}) }));
    const own = { name: "project", version: "1.0.0", dependencies: { words: "1.1.0" }, optionalDependencies: { "@scope/greet": "2.0.0" } };
    desk.write("project/package.json", JSON.stringify(own));
    mkdirSync(desk.path("tmp"));
    const run = await desk.tuf(["ci", "--json", `--metadata-url=${url}`, "--trusted-root=../repository/root.json"], { TMPDIR: desk.path("tmp") }, asked);
    run.endsWith(130);
    assert.deepEqual(run.events("tuf-failed"), [
      { reason: "tuf-failed", code: "interrupted", message: "interrupted", status: 130 },
    ]);
    assert.deepEqual(readdirSync(desk.path("tmp")), []);
  });
}
