/** Target files that are not whole yet: kept on disk, and taken up by the next download. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { link, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { SYSTEM_FOLDERS } from "#internal/node/lock/program.js";
import { ClientError } from "tuf-verifier";
import type { Bytes, Unfinished as UnfinishedFile } from "../../dist/node/unfinished.js";
import { fails } from "../refused.js";
import { temporary } from "../store/folder.js";

/** `npm/build/test/node` is where this file is compiled to. The module is no part of the package's interface. */
const MODULE = new URL("../../../dist/node/unfinished.js", import.meta.url).href;
const { Unfinished } = (await import(MODULE)) as typeof import("../../dist/node/unfinished.js");

const run = promisify(execFile);

/** More than is kept in memory. */
const LARGE = Buffer.from("0123456789abcdef".repeat(150_000));
const SMALL = Buffer.from("a small target");

function described(bytes: Uint8Array): Bytes {
  const digest = createHash("sha256").update(bytes).digest("hex");
  return { length: BigInt(bytes.length), hashes: [{ algorithm: "sha256", digest }] };
}

/** How the names of the unfinished files of these bytes begin. */
function prefix(bytes: Uint8Array): string {
  const { length, hashes } = described(bytes);
  const identity = `${length}\n${hashes[0]?.algorithm}:${hashes[0]?.digest}`;
  return `.tuf-${createHash("sha256").update(identity).digest("hex")}.`;
}

/** An unfinished file of these bytes, and what it has taken over. */
async function begin(folder: string, whole: Uint8Array): Promise<readonly [UnfinishedFile, Buffer]> {
  const unfinished = await Unfinished.create(described(whole), join(folder, "app"));
  const chunks: Uint8Array[] = [];
  await unfinished.takeOver((chunk) => chunks.push(chunk.slice()));
  return [unfinished, Buffer.concat(chunks)];
}

/** Appends bytes in pieces, whose memory is then used for something else. */
async function append(unfinished: UnfinishedFile, bytes: Uint8Array): Promise<void> {
  for (let place = 0; place < bytes.length; place += 65_536) {
    const chunk = Buffer.from(bytes.subarray(place, place + 65_536));
    await unfinished.append(chunk);
    chunk.fill(0);
  }
}

/** Leaves what a failed transfer had received. */
async function leave(folder: string, whole: Uint8Array, length: number): Promise<void> {
  const [unfinished] = await begin(folder, whole);
  await append(unfinished, whole.subarray(0, length));
  await unfinished.keep();
}

for (const [size, whole, half] of [
  ["small", SMALL, 5],
  ["large", LARGE, 2_000_000],
] as const) {
  test(`a ${size} target is there once it is whole`, async (context) => {
    const folder = await temporary(context);
    await writeFile(join(folder, "app"), "older");
    const [unfinished, taken] = await begin(folder, whole);
    assert.equal(taken.length, 0);
    await append(unfinished, whole);
    assert.equal(await readFile(join(folder, "app"), "utf8"), "older");
    await unfinished.finish();
    assert.ok((await readFile(join(folder, "app"))).equals(whole));
    assert.deepEqual(await readdir(folder), ["app"]);
    assert.equal((await stat(join(folder, "app"))).mode & 0o777, 0o666 & ~process.umask());
  });

  test(`what was received of a ${size} target is kept for the next transfer`, async (context) => {
    const folder = await temporary(context);
    await leave(folder, whole, half);
    const [name, ...others] = await readdir(folder);
    assert.deepEqual(others, []);
    assert.match(name ?? "", /^\.tuf-[0-9a-f]{64}\.[0-9a-f]+\.unfinished$/);
    assert.ok(name?.startsWith(prefix(whole)));
    const [unfinished, taken] = await begin(folder, whole);
    assert.ok(taken.equals(whole.subarray(0, half)));
    await append(unfinished, whole.subarray(half));
    await unfinished.finish();
    assert.ok((await readFile(join(folder, "app"))).equals(whole));
    assert.deepEqual(await readdir(folder), ["app"]);
  });

  test(`a ${size} target begins anew`, async (context) => {
    const folder = await temporary(context);
    const [unfinished] = await begin(folder, whole);
    await append(unfinished, Buffer.alloc(whole.length + 1, "x"));
    await unfinished.clear();
    await append(unfinished, whole);
    await unfinished.finish();
    assert.ok((await readFile(join(folder, "app"))).equals(whole));
  });

  test(`nothing is left of a ${size} target that is discarded, or of which nothing was received`, async (context) => {
    const folder = await temporary(context);
    const [discarded] = await begin(folder, whole);
    await append(discarded, whole);
    await discarded.discard();
    const [cleared] = await begin(folder, whole);
    await append(cleared, whole);
    await cleared.clear();
    await cleared.keep();
    assert.deepEqual(await readdir(folder), []);
  });
}

test("goes on behind the longest unfinished file of the same target", async (context) => {
  const folder = await temporary(context);
  for (const [name, content] of [
    ["a", SMALL.subarray(0, 5)],
    ["b", SMALL.subarray(0, 8)],
    ["c", Buffer.alloc(0)],
    // One that is longer than the target is of no use, and is deleted too.
    ["d", Buffer.concat([SMALL, SMALL])],
  ] as const) {
    await writeFile(join(folder, `${prefix(SMALL)}${name}.unfinished`), content);
  }
  await leave(folder, LARGE, 3);
  const [unfinished, taken] = await begin(folder, SMALL);
  assert.ok(taken.equals(SMALL.subarray(0, 8)));
  await unfinished.discard();
  const names = await readdir(folder);
  assert.equal(names.length, 1);
  assert.ok(names[0]?.startsWith(prefix(LARGE)));
});

/** A process that writes a file as the native host does: it holds the lock until its input ends. */
async function writer(path: string): Promise<() => Promise<void>> {
  const program = spawn("flock", [path, "cat"]);
  program.stdin.write("here\n");
  await once(program.stdout, "data");
  return async () => {
    program.stdin.end();
    await once(program, "close");
  };
}

test("takes nothing over that somebody still writes", async (context) => {
  const folder = await temporary(context);
  const path = join(folder, `${prefix(SMALL)}a.unfinished`);
  await writeFile(path, SMALL.subarray(0, 5));
  const end = await writer(path);
  const [first, taken] = await begin(folder, SMALL);
  assert.equal(taken.length, 0);
  await first.discard();
  assert.equal((await readdir(folder)).length, 1);
  await end();
  const [second, again] = await begin(folder, SMALL);
  assert.equal(again.length, 5);
  await second.discard();
  assert.deepEqual(await readdir(folder), []);
});

test("others can tell that it is writing", async (context) => {
  const folder = await temporary(context);
  const [unfinished] = await begin(folder, LARGE);
  await append(unfinished, LARGE.subarray(0, 2_000_000));
  const [name = ""] = await readdir(folder);
  await assert.rejects(run("flock", ["-n", join(folder, name), "true"]), { code: 1 });
  const [other, taken] = await begin(folder, LARGE);
  assert.equal(taken.length, 0);
  await append(other, LARGE);
  await other.finish();
  await append(unfinished, LARGE.subarray(2_000_000));
  await unfinished.finish();
  assert.ok((await readFile(join(folder, "app"))).equals(LARGE));
  assert.deepEqual(await readdir(folder), ["app"]);
});

test("goes on behind what a killed process received", async (context) => {
  const folder = await temporary(context);
  const program = `
    import { Unfinished } from "${MODULE}";
    const hashes = [{ algorithm: "sha256", digest: "${described(LARGE).hashes[0]?.digest}" }];
    const unfinished = await Unfinished.create({ length: ${LARGE.length}n, hashes }, "${folder}/app");
    await unfinished.append(Buffer.from("0123456789abcdef".repeat(100_000)));
    console.log("received");
    process.stdin.resume();`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: ["pipe", "pipe", "inherit"] });
  await once(child.stdout, "data");
  // While it lives, what it received is its own.
  const [meanwhile, nothing] = await begin(folder, LARGE);
  assert.equal(nothing.length, 0);
  await meanwhile.discard();
  child.kill("SIGKILL");
  await once(child, "close");
  const [unfinished, taken] = await begin(folder, LARGE);
  assert.ok(taken.equals(LARGE.subarray(0, 1_600_000)));
  await unfinished.discard();
});

test("writes to no file that it did not make", async (context) => {
  const [folder, elsewhere] = [await temporary(context), await temporary(context)];
  const file = join(elsewhere, "file");
  await writeFile(file, SMALL.subarray(0, 5));
  await symlink(file, join(folder, `${prefix(SMALL)}a.unfinished`));
  await link(file, join(folder, `${prefix(SMALL)}b.unfinished`));
  const [unfinished, taken] = await begin(folder, SMALL);
  assert.equal(taken.length, 5);
  await append(unfinished, SMALL.subarray(5));
  await unfinished.finish();
  assert.ok((await readFile(join(folder, "app"))).equals(SMALL));
  assert.ok((await readFile(file)).equals(SMALL.subarray(0, 5)));
});

test("waits for no pipe in the place of an unfinished file", async (context) => {
  const folder = await temporary(context);
  await run("mkfifo", [join(folder, `${prefix(SMALL)}a.unfinished`)]);
  const [unfinished, taken] = await begin(folder, SMALL);
  assert.equal(taken.length, 0);
  await unfinished.discard();
});

test("names a place that cannot be written", async (context) => {
  const folder = await temporary(context);
  const error = await fails(begin(join(folder, "none"), SMALL), ClientError, "output-unwritable");
  assert.equal(error.message, `cannot write ${join(folder, "none/app")}`);
  await mkdir(join(folder, "app"));
  for (const whole of [SMALL, LARGE]) {
    const [unfinished] = await begin(folder, whole);
    await append(unfinished, whole);
    await fails(unfinished.finish(), ClientError, "output-unwritable");
    assert.deepEqual(await readdir(folder), ["app"]);
  }
});

test("takes over what is there of a file that became shorter", async (context) => {
  const folder = await temporary(context);
  await leave(folder, LARGE, 2_000_000);
  const [name = ""] = await readdir(folder);
  await truncate(join(folder, name), 1_999_999);
  const [unfinished, taken] = await begin(folder, LARGE);
  assert.equal(taken.length, 1_999_999);
  await unfinished.discard();
});

test("keeps nothing and takes nothing over where there are no locks", async (context) => {
  const folder = await temporary(context);
  await leave(folder, SMALL, 5);
  const folders = SYSTEM_FOLDERS.splice(0);
  context.after(() => SYSTEM_FOLDERS.push(...folders));
  const [unfinished, taken] = await begin(folder, SMALL);
  assert.equal(taken.length, 0);
  await append(unfinished, SMALL);
  await unfinished.finish();
  const [large] = await begin(folder, LARGE);
  await append(large, LARGE);
  await large.keep();
  assert.deepEqual((await readdir(folder)).length, 2);
  const [whole] = await begin(folder, LARGE);
  await append(whole, LARGE);
  await whole.finish();
  assert.ok((await readFile(join(folder, "app"))).equals(LARGE));
});
