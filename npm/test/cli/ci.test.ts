/** `tuf-verifier ci` with a real npm: what it installs, what it refuses, and the words and status that a user sees. */

import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { Desk, pinned } from "./world/desk.js";
import { document, integrity, tarball } from "./world/package.js";
import { Published, tarballPath } from "./world/published.js";
import { EVIL, GREET, HONEST, OLD_WORDS, WORDS } from "./world/words.js";

/** A project with the honest packages, and a repository that has them. */
function desk(context: TestContext, published = new Published(HONEST)): Desk {
  const made = new Desk(context);
  made.trust(published);
  made.project(HONEST);
  return made;
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

test("installs a project, and says what it does", async (context) => {
  const made = desk(context);
  const run = (await made.tuf(["ci"])).endsWith(0);
  assert.equal(made.installed("words"), "hello");
  assert.equal(made.installed("@scope/greet"), "greetings");
  const said = run.stderr.replaceAll(made.folder, "DESK").split("\n");
  assert.deepEqual(said, [
    "Updating TUF repository DESK/repository/metadata (trusted root: DESK/repository/root.json)",
    "Verified metadata (root 1, timestamp 2), current until 2100-01-01T00:00:00Z",
    "Verified DESK/project/package-lock.json: 2 verified, 0 different, 0 not covered",
    "Verified 2 package documents and 2 tarballs",
    "Running npm ci",
    "Installed 2 packages, verified",
    "",
  ]);
  assert.ok(!made.has("project/node_modules/.package-lock.json"), "npm would take commands from it");
});

test("installs where the lock file has addresses", async (context) => {
  const made = desk(context);
  made.project(HONEST, (one) => ({
    resolved: `https://registry.example/some/${one.name}/-/${one.version}.tgz`,
    integrity: integrity(tarball(one)),
  }));
  (await made.tuf(["ci"])).endsWith(0);
  assert.equal(made.installed("words"), "hello");
  assert.equal(made.installed("@scope/greet"), "greetings");
});

test("passes options of npm ci on", async (context) => {
  const made = desk(context);
  const lock = { "": { name: "project", devDependencies: { words: "1.1.0" }, dependencies: { "@scope/greet": "2.0.0" } } };
  const entry = (one: typeof WORDS, more: object): object => ({ version: one.version, integrity: integrity(tarball(one)), ...more });
  const greet = { ...GREET, dependencies: {} };
  made.trust(new Published([WORDS, greet]));
  made.write("project/package.json", JSON.stringify(lock[""]));
  made.writeLock({ ...lock, "node_modules/words": entry(WORDS, { dev: true }), "node_modules/@scope/greet": entry(greet, {}) });
  (await made.tuf(["ci", "--omit=dev"])).endsWith(0);
  assert.equal(made.installed("words"), undefined);
  assert.equal(made.installed("@scope/greet"), "greetings");
  (await made.tuf(["ci", "--registry=http://127.0.0.1/"])).endsWith(2).fails("Unknown option '--registry'", "--help");
});

test("tells a program what it does", async (context) => {
  const run = (await desk(context).tuf(["ci", "--json"])).endsWith(0);
  assert.deepEqual(run.events("tuf-installed"), [{ reason: "tuf-installed", packages: 2 }]);
  assert.deepEqual(run.events("tuf-finished"), [{ reason: "tuf-finished", success: true, status: 0 }]);
  assert.equal(run.events("tuf-package").length, 2);
});

test("refuses a tampered tarball, and leaves what is installed", async (context) => {
  const published = new Published(HONEST);
  const made = desk(context, published);
  (await made.tuf(["ci"])).endsWith(0);
  published.tamper("words-1.1.0.tgz", (bytes) => bytes.with(30, (bytes[30] ?? 0) ^ 1));
  made.trust(published);
  // Else nobody is asked for it.
  made.remove("caches");
  const run = (await made.tuf(["ci"])).endsWith(40);
  run.fails("wrong software: target npm/words/-/words-1.1.0.tgz: the sha256 digest differs", "do not go on");
  assert.ok(!run.stderr.includes("Running npm"), run.stderr);
  assert.equal(made.installed("words"), "hello");
});

/** Packages that only some installations need: what the lock file says of them, and who asks for them all the same. */
const SOME: readonly (readonly [string, object, string, readonly string[]])[] = [
  ["an optional package", { optional: true }, "optionalDependencies", []],
  ["an optional package of development", { devOptional: true }, "optionalDependencies", []],
  ["a package of development that is left out", { dev: true }, "devDependencies", ["--omit=dev"]],
  ["a peer that is left out", { peer: true }, "peerDependencies", ["--omit=peer"]],
];

/** A project that asks for one package in a group, and for the other one always. */
function asking(made: Desk, group: string): void {
  const own = { name: "project", version: "1.0.0", dependencies: { words: "1.1.0" }, [group]: { "@scope/greet": "2.0.0" } };
  made.write("project/package.json", JSON.stringify(own));
}

for (const [name, groups, group, options] of SOME) {
  test(`does not fetch ${name} before npm asks, and refuses its tampered tarball then`, async (context) => {
    const published = new Published(HONEST);
    published.tamper("greet-2.0.0.tgz", (bytes) => bytes.with(30, (bytes[30] ?? 0) ^ 1));
    const made = desk(context, published);
    made.project(HONEST, (one) => ({ ...pinned(one), ...(one === GREET ? groups : {}) }));
    asking(made, group);
    const run = await made.tuf(["ci", ...options]);
    assert.ok(run.stderr.includes("Verified 2 package documents and 1 tarballs"), run.stderr);
    assert.notEqual(made.installed("@scope/greet"), "greetings");
    assert.ok(run.status === 40 || (run.status === 0 && made.installed("@scope/greet") === undefined), run.stderr);
  });
}

test("refuses a tampered tarball when npm asks for it", async (context) => {
  const published = new Published(HONEST);
  published.tamper("greet-2.0.0.tgz", (bytes) => bytes.with(30, (bytes[30] ?? 0) ^ 1));
  const made = desk(context, published);
  made.project(HONEST, (one) => ({ ...pinned(one), ...(one === GREET ? { devOptional: true } : {}) }));
  asking(made, "optionalDependencies");
  const run = (await made.tuf(["ci"])).endsWith(40);
  run.fails("wrong software: target npm/@scope/greet/-/greet-2.0.0.tgz: the sha256 digest differs", "do not go on");
  assert.ok(run.stderr.includes("Running npm"), run.stderr);
  assert.equal(made.installed("@scope/greet"), undefined);
});

test("refuses a tampered optional tarball, which npm would do without", async (context) => {
  const published = new Published(HONEST);
  published.tamper("greet-2.0.0.tgz", (bytes) => bytes.with(30, (bytes[30] ?? 0) ^ 1));
  const made = desk(context, published);
  made.project(HONEST, (one) => ({ ...pinned(one), ...(one === GREET ? { optional: true } : {}) }));
  const own = { name: "project", version: "1.0.0", dependencies: { words: "1.1.0" }, optionalDependencies: { "@scope/greet": "2.0.0" } };
  made.write("project/package.json", JSON.stringify(own));
  const run = (await made.tuf(["ci"])).endsWith(40);
  run.fails("wrong software: target npm/@scope/greet/-/greet-2.0.0.tgz: the sha256 digest differs", "do not go on");
});

test("refuses a longer tarball", async (context) => {
  const published = new Published(HONEST);
  published.tamper("words-1.1.0.tgz", (bytes) => Buffer.concat([bytes, Buffer.from([0])]));
  const made = desk(context, published);
  (await made.tuf(["ci"])).endsWith(40).fails("endless data attack: npm/words/-/words-1.1.0.tgz is longer", "do not go on");
  assert.equal(made.installed("words"), undefined);
});

test("a withheld tarball is no network failure", async (context) => {
  const published = new Published(HONEST);
  published.tamper("words-1.1.0.tgz", () => undefined);
  (await desk(context, published).tuf(["ci"])).endsWith(40).fails("the repository has no file", "targets URL");
});

test("refuses a changed package document before npm runs", async (context) => {
  const published = new Published(HONEST);
  published.tamper("document.json", (bytes) => Buffer.from(text(bytes).replace("^1.0.0", "^0.1.0").replace("1.1.0", "1.1.1")));
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("wrong software: target npm/words/document.json: the sha256 digest differs", "do not go on");
  assert.ok(!run.stderr.includes("Running npm"), run.stderr);
});

test("refuses a tag that was moved to an older version", async (context) => {
  const published = new Published([OLD_WORDS, ...HONEST]);
  const moved = '"dist-tags":{"latest":"1.0.0"}';
  published.tamper(".document.json", (bytes) => Buffer.from(text(bytes).replace('"dist-tags":{"latest":"1.1.0"}', moved)));
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("wrong software: target npm/words/document.json: the sha256 digest differs", "do not go on");
});

test("refuses the document of an older time in place of the new one", async (context) => {
  const published = new Published([OLD_WORDS, GREET]);
  const isOfWords = (bytes: Uint8Array): boolean => text(bytes).startsWith('{"name":"words"');
  const old = [...published.repository.targets.values()].find(isOfWords);
  assert.ok(old !== undefined);
  published.add(WORDS);
  published.repository.publish();
  published.tamper("document.json", (bytes) => (isOfWords(bytes) ? old : bytes));
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("wrong software: target npm/words/document.json", "do not go on");
});

test("refuses the whole repository of an older time", async (context) => {
  const published = new Published(HONEST);
  const made = desk(context, published);
  const old = new Map(published.repository.metadata);
  published.repository.publish();
  made.trust(published);
  (await made.tuf(["ci"])).endsWith(0);
  published.repository.metadata.clear();
  old.forEach((bytes, name) => published.repository.metadata.set(name, bytes));
  made.trust(published);
  (await made.tuf(["ci"])).endsWith(42).fails("rollback attack: timestamp", "older state");
});

test("refuses metadata that has expired", async (context) => {
  const published = new Published(HONEST);
  published.repository.expires = new Date("2020-01-01T00:00:00Z");
  published.repository.publish();
  (await desk(context, published).tuf(["ci"])).endsWith(42).fails("freeze attack", "clock");
});

test("refuses a signed document that contradicts the signed tarball", async (context) => {
  const published = new Published(HONEST);
  published.signDocument("words", document(EVIL.slice(0, 1), tarballPath));
  published.repository.publish();
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("the document of words lists version 1.1.0 as sha512-", "nothing was installed");
});

test("refuses a signed document of another package", async (context) => {
  const published = new Published(HONEST);
  published.signDocument("words", { ...(document([WORDS], tarballPath) as object), name: "@scope/greet" });
  published.repository.publish();
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("the document of words is none of this package", "nothing was installed");
});

test("refuses a signed document without the locked version", async (context) => {
  const published = new Published(HONEST);
  published.signDocument("words", document([OLD_WORDS], tarballPath));
  published.repository.publish();
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("the document of words does not list version 1.1.0", "nothing was installed");
});

test("a package without a document needs none where the lock file has its address", async (context) => {
  const published = new Published(HONEST);
  published.repository.listed["npm"]?.delete("npm/words/document.json");
  published.repository.publish();
  const made = desk(context, published);
  (await made.tuf(["ci"])).endsWith(41).fails("there is no target npm/words/document.json", "check the path");
  made.project(HONEST, (one) => ({ ...pinned(one), resolved: `https://registry.example/${one.name}/-/x.tgz` }));
  (await made.tuf(["ci"])).endsWith(0);
  assert.equal(made.installed("words"), "hello");
});

test("reads no document that is listed with too many bytes", async (context) => {
  const published = new Published(HONEST);
  published.repository.add("npm/words/document.json", Buffer.alloc((64 << 20) + 1), "npm");
  published.repository.publish();
  published.tamper("document.json", (bytes) => (bytes.length > 64 << 20 ? undefined : bytes));
  const run = (await desk(context, published).tuf(["ci"])).endsWith(40);
  run.fails("npm/words/document.json is listed with 67108865 bytes, more than the 67108864 that are read", "nothing was installed");
});

test("refuses a lock file that demands other bytes, before npm runs", async (context) => {
  const made = desk(context);
  made.project(EVIL);
  const run = (await made.tuf(["ci"])).endsWith(40);
  run.fails("wrong software: the lock file demands other bytes of words@1.1.0 than the signed ones, and 1 more", "do not install");
  assert.ok(!run.stderr.includes("Running npm"), run.stderr);
});

test("refuses what the repository does not have", async (context) => {
  const made = desk(context, new Published([WORDS]));
  (await made.tuf(["ci"])).endsWith(41).fails("not covered: @scope/greet@2.0.0", "ask the publisher");
});

test("nothing to verify is no success", async (context) => {
  const made = desk(context);
  made.project([]);
  (await made.tuf(["ci"])).endsWith(1).fails("nothing was verified: the lock file names no package", "nothing to verify");
});

test("a lock file of nothing but folders of the project verifies nothing", async (context) => {
  const made = desk(context);
  const own = { name: "project", version: "1.0.0", workspaces: ["w"] };
  made.write("project/package.json", JSON.stringify(own));
  made.write("project/w/package.json", '{"name":"w","version":"1.0.0"}');
  made.writeLock({ "": own, "node_modules/w": { resolved: "w", link: true }, w: { version: "1.0.0" } });
  const run = (await made.tuf(["ci", "--json"])).endsWith(1);
  const message = "nothing was verified: the lock file names no package of a registry";
  assert.deepEqual(run.events("tuf-refused"), [{ reason: "tuf-refused", code: "nothing-verified", message, status: 1 }]);
  assert.ok(!made.has("project/node_modules"), "npm ran");
});

test("an npm that succeeds and installs nothing verifies nothing", async (context) => {
  const made = desk(context);
  // It is needed by no dependency that is demanded afterwards: a peer of the project.
  made.project([WORDS], (one) => ({ ...pinned(one), peer: true }));
  made.write("project/package.json", JSON.stringify({ name: "project", version: "1.0.0", peerDependencies: { words: "1.1.0" } }));
  made.write("other/npm-cli.js", "");
  symlinkSync("npm-cli.js", made.path("other/npm"));
  const run = await made.tuf(["ci"], { PATH: `${made.path("other")}:${process.env["PATH"] ?? ""}` });
  run.endsWith(1).fails("nothing was verified: npm has installed none of the packages that the project needs", ".npmrc");
});

test("refuses what npm has installed and did not get", async (context) => {
  const made = desk(context);
  // An npm that takes packages from somewhere else.
  made.write(
    "other/npm-cli.js",
    `const fs = require("fs");
    fs.mkdirSync("node_modules/words", { recursive: true });
    fs.writeFileSync("node_modules/words/package.json", '{"name":"words","version":"1.1.0"}');`,
  );
  symlinkSync("npm-cli.js", made.path("other/npm"));
  const run = await made.tuf(["ci"], { PATH: `${made.path("other")}:${process.env["PATH"] ?? ""}` });
  run.endsWith(40).fails("node_modules/words has other files than every verified tarball", "delete node_modules");
});

test("refuses two packages at one address", async (context) => {
  const made = desk(context);
  made.project(HONEST, () => ({ resolved: "https://registry.example/words/-/words-1.1.0.tgz" }));
  const run = (await made.tuf(["ci"])).endsWith(2);
  run.fails("malformed lock file: npm/words/-/words-1.1.0.tgz and npm/@scope/greet/-/greet-2.0.0.tgz have one address", "npm install");
});

test("says when npm itself fails", async (context) => {
  const made = desk(context);
  const own = { name: "project", dependencies: { words: "1.1.0", "@scope/greet": "2.0.0", left: "1.0.0" } };
  made.write("project/package.json", JSON.stringify(own));
  const run = (await made.tuf(["ci"])).endsWith(101);
  run.fails("everything that npm was given was verified, but npm failed (exit status 1)", "npm's own messages");
});

test("no answer from the repository is no verdict", async (context) => {
  const made = desk(context);
  const run = await made.tuf(["ci", "--metadata-url=http://127.0.0.1:9/metadata", "--trusted-root=../repository/root.json"]);
  run.endsWith(68).fails("", "");
});
