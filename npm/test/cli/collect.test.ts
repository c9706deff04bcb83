/** `tuf-verifier collect`: what becomes a target, and what is refused. The registry is one of the test. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import { test, type TestContext } from "node:test";
import { compareVersions } from "#internal/npm/version-order.js";
import { Desk, type Variables } from "./world/desk.js";
import { withAnNpm, withEachNpm } from "./world/npms.js";
import { integrity, type Package, tarball } from "./world/package.js";
import { PlainRegistry } from "./world/plain-registry.js";
import { EVIL, GREET, HONEST, OLD_WORDS, WORDS } from "./world/words.js";

async function desk(context: TestContext, packages: readonly Package[]): Promise<{ readonly made: Desk; readonly npm: Variables }> {
  const registry = await PlainRegistry.serving(packages);
  context.after(() => registry.stop());
  const made = new Desk(context);
  made.project(HONEST);
  return { made, npm: { npm_config_registry: registry.url, "npm_config_@scope:registry": registry.url } };
}

test("makes tarballs and documents of a lock file", async (context) => {
  const { made, npm } = await desk(context, HONEST);
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(0);
  assert.deepEqual(readdirSync(made.path("tree"), { recursive: true, encoding: "utf8" }).filter((name) => /\.[a-z]+$/.test(name)).sort(), [
    "npm/@scope/greet/-/greet-2.0.0.tgz",
    "npm/@scope/greet/document.json",
    "npm/words/-/words-1.1.0.tgz",
    "npm/words/document.json",
  ]);
  assert.deepEqual(JSON.parse(made.read("tree/npm/@scope/greet/document.json")), {
    name: "@scope/greet",
    "dist-tags": { latest: "2.0.0" },
    versions: {
      "2.0.0": {
        name: "@scope/greet",
        version: "2.0.0",
        dependencies: { words: "^1.0.0" },
        dist: { tarball: "npm/@scope/greet/-/greet-2.0.0.tgz", integrity: integrity(tarball(GREET)) },
      },
    },
  });
});

test("keeps what is there, and lists every version", async (context) => {
  const { made, npm } = await desk(context, [OLD_WORDS, ...HONEST]);
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(0);
  made.project([OLD_WORDS, GREET]);
  const run = (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(0);
  assert.ok(run.stderr.includes("Collected 2 packages (1 were there already)"), run.stderr);
  const document = made.read("tree/npm/words/document.json");
  const parsed = JSON.parse(document) as { readonly versions: object; readonly "dist-tags": object };
  assert.deepEqual(Object.keys(parsed.versions), ["1.0.0", "1.1.0"]);
  assert.deepEqual(parsed["dist-tags"], { latest: "1.1.0" });

  // The same tarballs give the same document, so that nothing is published without need.
  (await made.tuf(["collect", "-o", "../tree"])).endsWith(0);
  assert.equal(made.read("tree/npm/words/document.json"), document);
});

test("refuses a registry that has other bytes than the lock file demands", async (context) => {
  const { made, npm } = await desk(context, EVIL);
  const run = (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(40);
  run.fails("the registry's words@1.1.0 is sha512-", "neither publish nor install it before this is understood");
  assert.ok(!made.has("tree/npm/words/document.json"));
});

test("refuses other bytes for a version that is there", async (context) => {
  const { made, npm } = await desk(context, EVIL);
  made.write("tree/npm/words/-/words-1.1.0.tgz", tarball(WORDS));
  made.project(EVIL);
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(40).fails(made.path("tree/npm/words"), "");
  assert.equal(made.read("tree/npm/words/-/words-1.1.0.tgz"), tarball(WORDS).toString());
});

test("leaves out what comes from no registry only where it is told to", async (context) => {
  const { made, npm } = await desk(context, HONEST);
  const git = { version: "1.0.0", resolved: "git+ssh://git@h.example/g.git#0123" };
  made.writeLock({ "": {}, "node_modules/g": git, "node_modules/words": { version: "1.1.0", integrity: integrity(tarball(WORDS)) } });
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(1).fails("not covered: 1 packages", "--allow-uncovered");
  assert.ok(!made.has("tree"));
  (await made.tuf(["collect", "-o", "../tree", "--allow-uncovered"], npm)).endsWith(0);
  made.writeLock({ "": {}, "node_modules/g": git });
  (await made.tuf(["collect", "-o", "../tree", "--allow-uncovered"], npm)).endsWith(1).fails("the lock file names no package", "");
});

test("says where the registry decides which bytes a version has", async (context) => {
  const { made, npm } = await desk(context, HONEST);
  made.project(HONEST, () => ({}));
  const run = (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(0);
  assert.ok(run.stderr.includes("warning: the lock file has no SHA-512 for words@1.1.0"), run.stderr);
});

test("tells packages apart for which npm pack has one file name", async (context) => {
  const scoped: Package = { name: "@a/b", version: "1.0.0", word: "scoped" };
  const plain: Package = { name: "a-b", version: "1.0.0", word: "plain" };
  const { made, npm } = await desk(context, [scoped, plain]);
  made.project([scoped, plain], () => ({}));
  (await made.tuf(["collect", "-o", "../tree"], { ...npm, "npm_config_@a:registry": npm["npm_config_registry"] ?? "" })).endsWith(0);
  assert.equal(integrity(readFileSync(made.path("tree/npm/@a/b/-/b-1.0.0.tgz"))), integrity(tarball(scoped)));
  assert.equal(integrity(readFileSync(made.path("tree/npm/a-b/-/a-b-1.0.0.tgz"))), integrity(tarball(plain)));
});

test("rejects a tarball that calls itself another package or version", async (context) => {
  for (const fields of [{ name: "other" }, { version: "9.9.9" }]) {
    const lying: Package = { ...WORDS, fields };
    const { made, npm } = await desk(context, [lying]);
    made.writeLock({ "": {}, "node_modules/words": { version: "1.1.0", integrity: integrity(tarball(lying)) } });
    const run = (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(40);
    run.fails("words@1.1.0: its package.json says that it is ", "neither publish nor install");
    assert.ok(!made.has("tree/npm/words"), "it is in the folder");
  }
});

test("refuses a registry that has other bytes than a weak digest demands", async (context) => {
  const { made, npm } = await desk(context, EVIL);
  made.project(HONEST, (one) => ({ integrity: `sha1-${createHash("sha1").update(tarball(one)).digest("base64")}` }));
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(40).fails("the registry's words@1.1.0 is sha512-", "neither publish nor install");
  assert.ok(!made.has("tree/npm/words"));
});

/** Where a link may be, below the project or below the folder of targets; and what `collect` is told. */
const LINKS: readonly (readonly [string, string])[] = [
  ["project/out", "out"],
  ["project/out", "out/tree"],
  ["tree/npm", "../tree"],
  ["tree/npm/@scope", "../tree"],
  ["tree/npm/words", "../tree"],
  ["tree/npm/words/-", "../tree"],
];

for (const [place, output] of LINKS) {
  test(`rejects a link at ${place} for ${output}, and makes nothing behind it`, async (context) => {
    const { made, npm } = await desk(context, HONEST);
    mkdirSync(made.path("victim"));
    mkdirSync(dirname(made.path(place)), { recursive: true });
    symlinkSync(made.path("victim"), made.path(place));
    const run = (await made.tuf(["collect", "-o", output], npm)).endsWith(40);
    run.fails(`cannot write below ${made.path(place)}: ${made.path(place)} is a symbolic link, which is not followed`, "take it away");
    assert.deepEqual(readdirSync(made.path("victim")), []);
  });
}

test("does not wait for a pipe in the place of a tarball", async (context) => {
  const { made, npm } = await desk(context, HONEST);
  mkdirSync(made.path("tree/npm/words/-"), { recursive: true });
  execFileSync("mkfifo", [made.path("tree/npm/words/-/words-1.1.0.tgz")]);
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(40).fails(`${made.path("tree/npm/words/-/words-1.1.0.tgz")}: it is not a regular file`, "");
});

/** A project with a lock file that does not say which bytes, the user's registry, and one of a thief. */
async function twoRegistries(made: Desk, context: TestContext): Promise<{
  readonly thief: PlainRegistry;
  readonly collected: () => string;
}> {
  const good = await PlainRegistry.serving([WORDS]);
  const thief = await PlainRegistry.serving(EVIL);
  context.after(() => good.stop());
  context.after(() => thief.stop());
  made.project([WORDS], () => ({}));
  made.write("home/.npmrc", `registry=${good.url}\n`);
  const words = integrity(tarball(WORDS));
  const collected = (): string => {
    return integrity(readFileSync(made.path("tree/npm/words/-/words-1.1.0.tgz"))) === words ? "the user's" : "the thief's";
  };
  return { thief, collected };
}

withAnNpm("rejects a registry of the project, which would get variables of the publisher", async (made, context) => {
  const { thief, collected } = await twoRegistries(made, context);
  const host = new URL(thief.url).host;
  for (const line of ["registry", "@scope:registry", '"registry" ']) {
    made.write("project/.npmrc", `; settings\n${line}=${thief.url}\n//${host}/:_authToken=\${SECRET}\n`);
    const run = (await made.tuf(["collect", "-o", "../tree"], { SECRET: "word" })).endsWith(2);
    run.fails(`${realpathSync(made.path("project"))}/.npmrc names a registry`, "--project-npmrc");
  }
  assert.deepEqual([thief.asked, made.has("tree")], [[], false]);

  made.write("project/.npmrc", `registry=${thief.url}\ntiming=true\nlogs-dir=../logs\n`);
  (await made.tuf(["collect", "-o", "../tree", "--project-npmrc"])).endsWith(0);
  assert.deepEqual([collected(), made.has("logs")], ["the thief's", false]);
});

withEachNpm("runs npm outside of the project, whose settings it reads however they are written", async (made, context) => {
  const { thief, collected } = await twoRegistries(made, context);
  const settings = `; registry=x\n"regis\\u0074ry"=${thief.url}\ntiming=true\nlogs-dir=../logs\n`;
  made.write("project/.npmrc", settings);
  // npm would go up from a folder for temporary files to a project around it.
  made.write("package.json", JSON.stringify({ name: "outer", version: "1.0.0", workspaces: ["temporary/*", "temporary/*/*"] }));
  made.write(".npmrc", settings);
  mkdirSync(made.path("temporary"));
  (await made.tuf(["collect", "-o", "../tree"], { TMPDIR: made.path("temporary") })).endsWith(0);
  assert.deepEqual([collected(), thief.asked, made.has("logs")], ["the user's", [], false]);
  made.remove("tree");
  (await made.tuf(["collect", "-o", "../tree", "--project-npmrc"])).endsWith(0);
  assert.equal(collected(), "the thief's", "npm understands it");
});

test("rejects settings of a project that npm has put into the environment", async (context) => {
  const made = new Desk(context);
  const { thief, collected } = await twoRegistries(made, context);
  made.write("project/.npmrc", "loglevel=error\n");
  const project = realpathSync(made.path("project"));
  const variables = { npm_command: "exec", npm_config_local_prefix: project, npm_config_registry: thief.url };
  const error = `${project}/.npmrc counts as your own settings`;
  (await made.tuf(["collect", "-o", "../tree"], variables)).endsWith(2).fails(error, "start this program without npm");
  made.write("elsewhere/package-lock.json", made.read("project/package-lock.json"));
  (await made.tuf(["collect", "../elsewhere/package-lock.json", "-o", "../tree"], variables)).endsWith(2).fails(error, "");
  assert.deepEqual([thief.asked, made.has("tree")], [[], false]);
  made.remove("project/.npmrc");
  (await made.tuf(["collect", "-o", "../tree"], { npm_command: "exec", npm_config_local_prefix: project })).endsWith(0);
  assert.equal(collected(), "the user's");
});

test("says when npm does not get a package", async (context) => {
  const { made, npm } = await desk(context, [WORDS]);
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(101).fails("npm pack failed (1)", "npm pack");
});

test("documents are made of tarballs: what a registry says beside them does not count", async (context) => {
  const lying: Package = { ...WORDS, fields: { bin: "cli.js", os: ["linux"], scripts: { install: "x" } } };
  const { made, npm } = await desk(context, [lying]);
  made.writeLock({ "": {}, "node_modules/words": { version: "1.1.0", integrity: integrity(tarball(lying)) } });
  (await made.tuf(["collect", "-o", "../tree"], npm)).endsWith(0);
  const { versions } = JSON.parse(made.read("tree/npm/words/document.json")) as { readonly versions: Readonly<Record<string, unknown>> };
  const { bin, os, hasInstallScript } = versions["1.1.0"] as Readonly<Record<string, unknown>>;
  assert.deepEqual({ bin, os, hasInstallScript }, { bin: { words: "cli.js" }, os: ["linux"], hasInstallScript: true });
});

test("orders versions as semantic versioning does", () => {
  const ordered = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.2.0", "1.10.0", "2.0.0"];
  assert.deepEqual([...ordered].reverse().sort(compareVersions), ordered);
  assert.equal(compareVersions("1.0.0+a", "1.0.0+b"), 0);
});
