/** Target files of earlier runs: what is kept, what is deleted, and what ends the keeping. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { type Cacheable, TargetCache } from "#internal/node/target-cache.js";
import { temporary } from "../store/folder.js";

const SECONDS = 1000;

/** Bytes of a length, different for each number. */
function content(number: number, length = 100): Buffer {
  return Buffer.alloc(length, `${number} `);
}

function target(bytes: Uint8Array): Cacheable {
  const digest = (algorithm: string): string => createHash(algorithm).update(bytes).digest("hex");
  return { length: bytes.length, hashes: { sha256: digest("sha256"), sha512: digest("sha512") } };
}

function place(folder: string, bytes: Uint8Array): string {
  return join(folder, `sha512-${target(bytes).hashes["sha512"] ?? ""}`);
}

/** Judges as the verifier does. */
function judge(bytes: Buffer): (given: Uint8Array) => Promise<boolean> {
  return (given) => Promise.resolve(bytes.equals(given));
}

/** A cache in a folder, and what it says. */
async function open(context: TestContext, limit = 1000): Promise<{ readonly cache: TargetCache; readonly folder: string; readonly said: string[] }> {
  const folder = join(await temporary(context), "cache");
  const said: string[] = [];
  const cache = await TargetCache.open(folder, limit, (text) => said.push(text));
  assert.ok(cache !== undefined, said.join());
  return { cache, folder, said };
}

test("gives what was put there, and nothing else", async (context) => {
  const { cache, folder } = await open(context);
  const bytes = content(1);
  assert.equal(await cache.get(target(bytes), judge(bytes)), undefined);
  await cache.put(target(bytes), bytes);
  assert.ok(bytes.equals((await cache.get(target(bytes), judge(bytes))) ?? content(0)));
  assert.deepEqual(readdirSync(folder), [place(".", bytes)]);
  assert.equal(lstatSync(place(folder, bytes)).mode & 0o777, 0o600);
});

test("deletes what is not the target by the verdict alone", async (context) => {
  const { cache, folder } = await open(context);
  const bytes = content(1);
  await cache.put(target(bytes), bytes);
  assert.equal(await cache.get(target(bytes), () => Promise.resolve(false)), undefined);
  assert.deepEqual(readdirSync(folder), []);
});

test("passes on what keeps the verifier from a verdict, and deletes nothing", async (context) => {
  const { cache, folder } = await open(context);
  const bytes = content(1);
  await cache.put(target(bytes), bytes);
  await assert.rejects(cache.get(target(bytes), () => Promise.reject(new Error("no verdict"))), /no verdict/);
  assert.equal(readdirSync(folder).length, 1);
});

test("goes by SHA-256 where no SHA-512 is listed", async (context) => {
  const { cache, folder } = await open(context);
  const bytes = content(1);
  const { length, hashes } = target(bytes);
  await cache.put({ length, hashes: { sha256: hashes["sha256"] ?? "" } }, bytes);
  assert.deepEqual(readdirSync(folder), [`sha256-${hashes["sha256"] ?? ""}`]);
});

for (const digest of ["", "../../evil", "AB".repeat(64), `${"ab".repeat(63)}/.`, "ab".repeat(65)]) {
  test(`makes no file named by the digest ${JSON.stringify(digest.slice(0, 12))}`, async (context) => {
    const { cache, folder } = await open(context);
    const named = { length: 100, hashes: { sha512: digest } };
    await cache.put(named, content(1));
    assert.equal(await cache.get(named, () => Promise.resolve(true)), undefined);
    assert.deepEqual([readdirSync(folder), readdirSync(dirname(folder))], [[], ["cache"]]);
  });
}

test("deletes first what was not used for the longest time", async (context) => {
  const { cache, folder } = await open(context, 300);
  const all = [1, 2, 3, 4].map((number) => content(number));
  for (const [index, bytes] of all.entries()) {
    await cache.put(target(bytes), bytes);
    utimesSync(place(folder, bytes), 1 + index, 1 + index);
  }
  const [first = content(0), second = content(0)] = all;
  await cache.get(target(first), judge(first));
  await cache.trim();
  assert.deepEqual(readdirSync(folder).length, 3);
  assert.ok(!readdirSync(folder).includes(place(".", second)), "the first one was used since");
});

test("deletes unfinished files that are a day old, and leaves the others and what is not its own", async (context) => {
  const { cache, folder } = await open(context);
  for (const name of [".tuf-old.unfinished", ".tuf-new.unfinished", "note.txt"]) {
    writeFileSync(join(folder, name), content(9, 5000));
  }
  const old = Date.now() / SECONDS - 2 * 86_400;
  utimesSync(join(folder, ".tuf-old.unfinished"), old, old);
  await cache.put(target(content(1)), content(1));
  await cache.trim();
  assert.deepEqual(readdirSync(folder).sort(), [".tuf-new.unfinished", "note.txt", place(".", content(1))].sort());
});

test("keeps nothing that is larger than the limit", async (context) => {
  const { cache, folder, said } = await open(context, 99);
  await cache.put(target(content(1)), content(1));
  assert.deepEqual([readdirSync(folder), said], [[], []]);
});

test("ends the keeping with one notice where a file cannot be written", async (context) => {
  const { cache, folder, said } = await open(context);
  rmSync(folder, { recursive: true });
  await cache.put(target(content(1)), content(1));
  await cache.put(target(content(2)), content(2));
  assert.equal(said.length, 1);
  assert.match(said[0] ?? "", /^nothing more is kept in the cache /);
  mkdirSync(folder);
  await cache.put(target(content(3)), content(3));
  await cache.trim();
  assert.deepEqual(readdirSync(folder), []);
});

test("leaves out an entry that cannot be put in its place, without an unfinished file, and keeps the others", async (context) => {
  const { cache, folder, said } = await open(context);
  const [first, second, third] = [content(1), content(2), content(3)];
  for (const bytes of [first, second]) {
    mkdirSync(join(place(folder, bytes), "in the way"), { recursive: true });
    await cache.put(target(bytes), bytes);
  }
  assert.deepEqual(readdirSync(folder).sort(), [place(".", first), place(".", second)].sort());
  assert.equal(said.length, 1, said.join());
  assert.match(said[0] ?? "", /^an entry of the cache .* cannot be replaced: /);
  await cache.put(target(third), third);
  assert.ok(third.equals((await cache.get(target(third), judge(third))) ?? first));
  assert.equal(said.length, 1, said.join());
});

test("neither uses nor deletes an entry that cannot be read now", async (context) => {
  const { cache, folder } = await open(context);
  const bytes = content(1);
  await cache.put(target(bytes), bytes);
  const program = `
    import { closeSync, openSync } from "node:fs";
    import { TargetCache } from ${JSON.stringify(import.meta.resolve("#internal/node/target-cache.js"))};
    const cache = await TargetCache.open(${JSON.stringify(folder)}, 1000, console.log);
    const get = async () => (await cache.get(${JSON.stringify(target(bytes))}, async () => true)) !== undefined;
    // What is loaded late is loaded before the files are used up.
    await get();
    const files = [];
    let code;
    while (code === undefined) {
      try {
        files.push(openSync("/dev/null"));
      } catch (error) {
        code = error.code;
      }
    }
    const isUsed = await get();
    files.forEach(closeSync);
    console.log(code, isUsed, await get());
  `;
  const script = 'ulimit -n 100 && exec "$0" --input-type=module -e "$1"';
  assert.equal(execFileSync("sh", ["-c", script, process.execPath, program], { encoding: "utf8" }), "EMFILE false true\n");
});

test("two caches in one folder do not disturb each other", async (context) => {
  const { cache, folder } = await open(context);
  const other = await TargetCache.open(folder, 1000, () => assert.fail());
  const bytes = content(1);
  await Promise.all([cache, other].map((one) => one?.put(target(bytes), bytes)));
  assert.ok(readFileSync(place(folder, bytes)).equals(bytes));
  assert.equal(readdirSync(folder).length, 1);
});

test("is no cache where its size is 0", async (context) => {
  const folder = join(await temporary(context), "cache");
  assert.equal(await TargetCache.open(folder, 0, () => assert.fail()), undefined);
  assert.deepEqual(readdirSync(dirname(folder)), []);
});
