/** Where verified tarballs are while a run lasts. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { TargetCache } from "#internal/node/target-cache.js";
import { type Fetcher, VerifiedPackages } from "#internal/npm/verified-packages.js";
import type { TargetFile } from "tuf-verifier";
import { temporary } from "../store/folder.js";

const BYTES = Buffer.from("the bytes of a tarball");
const SHA512 = createHash("sha512").update(BYTES).digest("hex");

/** A target with these bytes and this digest, as far as packages look at it. */
function target(path: string, sha512 = SHA512): TargetFile {
  return { path, length: BYTES.length, hashes: { sha512 } } as unknown as TargetFile;
}

const FETCHER: Fetcher = {
  search: () => Promise.reject(new Error("nothing is searched")),
  readTarget: () => Promise.resolve(BYTES),
  downloadTarget: () => Promise.reject(new Error("nothing is large")),
  isTarget: () => Promise.resolve(true),
};

test("leaves what is verified where npm looks for its digest, until npm has begun", async (context) => {
  const folder = await temporary(context);
  const packages = new VerifiedPackages(FETCHER, { npmCache: folder, tarballs: join(folder, "tarballs"), cache: undefined });
  const first = await packages.file(target("first"));
  assert.equal(first, join(folder, "_cacache/content-v2/sha512", SHA512.slice(0, 2), SHA512.slice(2, 4), SHA512.slice(4)));
  assert.equal(await packages.file(target("first")), first);
  const other = await packages.file(target("with the same bytes"));
  assert.notEqual(other, first);
  assert.ok(readFileSync(other).equals(BYTES));
  assert.deepEqual([...(await packages.seal())], ["first", "with the same bytes"]);
  const late = await packages.file(target("late", "ab".repeat(64)));
  assert.ok(late.startsWith(join(folder, "tarballs")));
});

test("makes no file at a path that a digest names", async (context) => {
  const folder = await temporary(context);
  const packages = new VerifiedPackages(FETCHER, { npmCache: folder, tarballs: join(folder, "tarballs"), cache: undefined });
  const path = await packages.file(target("odd", `../../../../../${"a".repeat(113)}`));
  assert.ok(path.startsWith(join(folder, "tarballs")));
});

test("leaves nothing to npm where that is to ask for each tarball", async (context) => {
  const tarballs = await temporary(context);
  const packages = new VerifiedPackages(FETCHER, { npmCache: undefined, tarballs, cache: undefined });
  assert.ok((await packages.file(target("first"))).startsWith(tarballs));
  assert.deepEqual([...(await packages.seal())], []);
});

test("keeps what it has fetched, unless that is broken off", async (context) => {
  const folder = await temporary(context);
  const kept = async (name: string, signal: AbortSignal): Promise<number> => {
    const cache = await TargetCache.open(join(folder, name, "kept"), 1000, (text) => assert.fail(text));
    const npmCache = join(folder, name);
    const packages = new VerifiedPackages(FETCHER, { npmCache, tarballs: join(npmCache, "tarballs"), cache });
    await packages.file(target("first"));
    await packages.keep(signal);
    return readdirSync(join(npmCache, "kept")).length;
  };
  assert.equal(await kept("whole", new AbortController().signal), 1);
  assert.equal(await kept("broken off", AbortSignal.abort()), 0);
});
