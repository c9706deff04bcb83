/** What `tuf-verifier ci` keeps between runs: bytes that are verified again at every use, and nothing that is believed. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { newKey } from "../repository.js";
import { Desk, type Run, type Variables } from "./world/desk.js";
import { PublishedMirror } from "./world/mirror.js";
import { document, type Package, tarball } from "./world/package.js";
import { Published, tarballPath } from "./world/published.js";
import { EVIL, HONEST, WORDS } from "./world/words.js";

const CACHE = "caches/tuf-verifier/targets";

/** A desk, and a mirror that counts. */
class World {
  readonly published: Published;
  readonly desk: Desk;
  readonly mirror: PublishedMirror;

  private constructor(published: Published, desk: Desk, mirror: PublishedMirror) {
    this.published = published;
    this.desk = desk;
    this.mirror = mirror;
  }

  static async make(test: TestContext, packages: readonly Package[] = HONEST, together = 1): Promise<World> {
    const published = new Published(packages);
    const desk = new Desk(test);
    desk.trust(published);
    desk.project(packages);
    return new World(published, desk, await PublishedMirror.of(published, test, together));
  }

  ci(more: readonly string[] = [], variables: Variables = {}): Promise<Run> {
    const root = this.desk.path("repository/root.json");
    return this.desk.tuf(["ci", `--metadata-url=${this.mirror.metadataUrl}`, `--trusted-root=${root}`, ...more], variables);
  }

  /** The targets that one more run asks for. */
  async askedBy(run: () => Promise<Run>): Promise<readonly string[]> {
    const before = this.mirror.asked.length;
    (await run()).endsWith(0);
    return this.mirror.asked.slice(before).sort();
  }
}

/** Where the bytes of a target are in the cache. */
function entry(desk: Desk, bytes: Uint8Array): string {
  return desk.path(`${CACHE}/sha512-${createHash("sha512").update(bytes).digest("hex")}`);
}

test("fetches no package again", async (context) => {
  const world = await World.make(context);
  const all = HONEST.flatMap((one) => [tarballPath(one), `npm/${one.name}/document.json`]).sort();
  assert.deepEqual(await world.askedBy(() => world.ci()), all);
  assert.deepEqual(await world.askedBy(() => world.ci()), []);
  assert.deepEqual([world.desk.installed("words"), world.desk.installed("@scope/greet")], ["hello", "greetings"]);
  assert.deepEqual(lstatSync(world.desk.path(CACHE)).mode & 0o777, 0o700, "nobody else reads what was fetched with credentials");
});

test("verify-lock fetches no document again", async (context) => {
  const world = await World.make(context);
  const judge = (): Promise<Run> => {
    return world.desk.tuf(["verify-lock", `--metadata-url=${world.mirror.metadataUrl}`, `--trusted-root=${world.desk.path("repository/root.json")}`]);
  };
  assert.equal((await world.askedBy(judge)).length, 2);
  assert.deepEqual(await world.askedBy(judge), []);
});

/** What is in the place of an entry whose bytes were these. */
const POISONS: readonly (readonly [string, (path: string, bytes: Buffer) => void])[] = [
  ["other bytes of the same length", (path, bytes) => writeFileSync(path, bytes.with(30, (bytes[30] ?? 0) ^ 1))],
  ["bytes that are cut off", (path, bytes) => writeFileSync(path, bytes.subarray(0, -1))],
  ["bytes with more behind them", (path, bytes) => writeFileSync(path, Buffer.concat([bytes, Buffer.from([0])]))],
  ["nothing", (path) => writeFileSync(path, "")],
  ["a link to the right bytes", (path, bytes) => {
    writeFileSync(`${dirname(path)}/elsewhere`, bytes);
    symlinkSync("elsewhere", path);
  }],
  ["a link to nothing", (path) => symlinkSync("missing", path)],
  ["a folder", (path) => {
    mkdirSync(path);
    writeFileSync(join(path, "file"), "");
  }],
  ["a pipe", (path) => void execFileSync("mkfifo", [path])],
];

for (const [name, poison] of POISONS) {
  test(`neither uses nor keeps an entry that is ${name}`, async (context) => {
    const world = await World.make(context);
    await world.askedBy(() => world.ci());
    const bytes = [tarball(WORDS), Buffer.from(JSON.stringify(document([WORDS], tarballPath)))];
    for (const one of bytes) {
      const path = entry(world.desk, one);
      assert.ok(existsSync(path), "the test poisons what is there");
      // A date that no check of times would find suspicious.
      const { atime, mtime } = lstatSync(path);
      rmSync(path);
      poison(path, one);
      if (lstatSync(path).isFile()) {
        utimesSync(path, atime, mtime);
      }
    }
    assert.deepEqual(await world.askedBy(() => world.ci()), [tarballPath(WORDS), "npm/words/document.json"]);
    assert.equal(world.desk.installed("words"), "hello");
    for (const one of bytes) {
      assert.ok(lstatSync(entry(world.desk, one)).isFile());
      assert.ok(readFileSync(entry(world.desk, one)).equals(one), "the entry is the right one again");
    }
    assert.deepEqual(await world.askedBy(() => world.ci()), []);
  });
}

test("refuses a package that the repository has removed, and that is in the cache", async (context) => {
  const world = await World.make(context);
  await world.askedBy(() => world.ci());
  world.published.repository.listed["npm"]?.delete(tarballPath(WORDS));
  world.published.repository.publish();
  (await world.ci()).endsWith(41).fails("not covered: words@1.1.0", "nothing was installed");
  assert.ok(existsSync(entry(world.desk, tarball(WORDS))), "it is there all the same");
});

test("installs what is signed now under a version, and not what is in the cache", async (context) => {
  const world = await World.make(context);
  await world.askedBy(() => world.ci());
  const [other = WORDS] = EVIL;
  const { repository } = world.published;
  repository.add(tarballPath(WORDS), tarball(other), "npm");
  world.published.signDocument("words", document([other], tarballPath));
  repository.publish();
  (await world.ci()).endsWith(40).fails("wrong software: the lock file demands other bytes of words@1.1.0", "");
  // Without a digest in the lock file, the signed bytes count.
  world.desk.project(HONEST, () => ({}));
  (await world.ci()).endsWith(0);
  assert.equal(world.desk.installed("words"), "owned");
});

test("keeps and uses nothing if it is switched off", async (context) => {
  const world = await World.make(context);
  const off = (): Promise<Run> => world.ci(["--cache-size=0"]);
  assert.equal((await world.askedBy(off)).length, 4);
  assert.ok(!world.desk.has("caches"), "a folder was made");
  await world.askedBy(() => world.ci());
  assert.equal((await world.askedBy(off)).length, 4);
  world.desk.write("settings/tuf-verifier/config.json", JSON.stringify({ cacheSize: 0 }));
  assert.equal((await world.askedBy(() => world.ci())).length, 0, "the command line names the repository");
  world.desk.write("project/tuf-verifier.json", JSON.stringify({ metadataUrl: "https://tuf.invalid", trustedRoot: "root.json", cacheSize: 9 }));
  const run = (await world.desk.tuf(["ci"])).endsWith(2);
  assert.match(run.stderr, /a project does not choose the size of the user's cache/);
});

test("keeps no more than the limit", async (context) => {
  const world = await World.make(context);
  const lengths = (): readonly number[] => readdirSync(world.desk.path(CACHE)).map((name) => lstatSync(world.desk.path(`${CACHE}/${name}`)).size);
  const sum = (numbers: readonly number[]): number => numbers.reduce((total, length) => total + length, 0);
  await world.askedBy(() => world.ci());
  const limit = sum(lengths()) - 1;
  world.desk.remove("caches");
  assert.equal((await world.askedBy(() => world.ci([`--cache-size=${limit}`]))).length, 4);
  assert.ok(sum(lengths()) <= limit && lengths().length === 3, String(lengths()));
  assert.equal((await world.askedBy(() => world.ci())).length, 1);
});

test("installs in two projects at once", async (context) => {
  const worlds = await Promise.all([World.make(context), World.make(context)]);
  const shared = worlds[0]?.desk.path("caches") ?? "";
  const runs = await Promise.all(worlds.map((world) => world.ci([], { XDG_CACHE_HOME: shared })));
  runs.forEach((run) => run.endsWith(0));
  worlds.forEach(({ desk }) => assert.equal(desk.installed("words"), "hello"));
  const names = readdirSync(join(shared, "tuf-verifier", "targets"));
  assert.deepEqual(names.filter((name) => !name.startsWith("sha512-")), []);
});

test("does without a cache that others can write to, or that is none", async (context) => {
  const world = await World.make(context);
  await world.askedBy(() => world.ci());
  chmodSync(world.desk.path(CACHE), 0o777);
  const run = (await world.ci()).endsWith(0);
  assert.match(run.stderr, /warning: the cache .* is not used: .* can be written by everybody/);
  assert.equal(world.mirror.asked.length, 8);
  world.desk.remove("caches");
  world.desk.write("caches", "a file");
  const other = (await world.ci()).endsWith(0);
  assert.match(other.stderr, /warning: the cache .* is not used/);
  assert.equal(world.desk.installed("words"), "hello");
});

test("has many requests under way", { timeout: 120_000 }, async (context) => {
  const packages = Array.from({ length: 24 }, (_, number): Package => ({ name: `p${number}`, version: "1.0.0", word: `${number}` }));
  // The mirror answers none of them before so many wait for it.
  const world = await World.make(context, packages, 32);
  assert.equal((await world.askedBy(() => world.ci())).length, 48);
});

test("has searches in many delegated roles under way", { timeout: 120_000 }, async (context) => {
  const packages = Array.from({ length: 40 }, (_, number): Package => ({ name: `p${number}`, version: "1.0.0", word: `${number}` }));
  const published = new Published([]);
  const { repository } = published;
  repository.delegations.length = 0;
  for (const one of packages) {
    repository.delegations.push({ name: `of-${one.name}`, paths: [`npm/${one.name}/*`, `npm/${one.name}/*/*`], terminating: true, key: newKey() });
    repository.add(tarballPath(one), tarball(one), `of-${one.name}`);
    repository.add(`npm/${one.name}/document.json`, JSON.stringify(document([one], tarballPath)), `of-${one.name}`);
  }
  repository.publish();
  const desk = new Desk(context);
  desk.trust(published);
  desk.project(packages);
  const mirror = await PublishedMirror.of(published, context, 32, /^metadata\/\d+\.of-/);
  const run = await desk.tuf(["verify-lock", `--metadata-url=${mirror.metadataUrl}`, `--trusted-root=${desk.path("repository/root.json")}`]);
  run.endsWith(0);
});
