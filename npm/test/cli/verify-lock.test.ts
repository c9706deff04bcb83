/** `tuf-verifier verify-lock`: what it prints, and what it comes to. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test, type TestContext } from "node:test";
import { Desk, pinned } from "./world/desk.js";
import { integrity, type Package, tarball } from "./world/package.js";
import { Published } from "./world/published.js";
import { EVIL, GREET, HONEST, WORDS } from "./world/words.js";

function desk(context: TestContext): Desk {
  const made = new Desk(context);
  made.trust(new Published(HONEST));
  made.project(HONEST);
  return made;
}

/** What it prints on stdout, without the folder. */
async function printed(made: Desk, status: number, ...args: readonly string[]): Promise<readonly string[]> {
  const run = (await made.tuf(["verify-lock", ...args])).endsWith(status);
  return run.stdout.replaceAll(made.folder, "DESK").trimEnd().split("\n");
}

function entry(one: Package, more: Readonly<Record<string, unknown>> = pinned(one)): Readonly<Record<string, unknown>> {
  return { version: one.version, dependencies: one.dependencies, ...more };
}

test("says how many packages are verified", async (context) => {
  const lines = await printed(desk(context), 0);
  assert.deepEqual(lines, ["DESK/project/package-lock.json: 2 verified, 0 different, 0 not covered"]);
});

test("names the packages whose bytes differ", async (context) => {
  const made = desk(context);
  const [evil = WORDS] = EVIL;
  made.writeLock({ "": {}, "node_modules/words": entry(evil), "node_modules/@scope/greet": entry(GREET) });
  assert.deepEqual(await printed(made, 40), [
    `different\twords@1.1.0\tlocked ${integrity(tarball(evil))}, signed ${integrity(tarball(WORDS))}`,
    "DESK/project/package-lock.json: 1 verified, 1 different, 0 not covered",
  ]);
  (await made.tuf(["verify-lock", "--allow-uncovered"])).endsWith(40).fails("wrong software: the lock file demands", "do not install");
});

test("an integrity with a second digest differs: npm would take either", async (context) => {
  const made = desk(context);
  const both = `${integrity(tarball(WORDS))} ${integrity(tarball(EVIL[0] ?? WORDS))}`;
  made.writeLock({ "": {}, "node_modules/words": entry(WORDS, { integrity: both }) });
  (await made.tuf(["verify-lock"])).endsWith(40).fails("wrong software: the lock file demands other bytes of words@1.1.0", "");
});

test("names what nobody vouches for, which is a failure unless it is allowed", async (context) => {
  const made = desk(context);
  const own = { name: "project", dependencies: { words: "1.1.0" }, workspaces: ["w"] };
  made.write("project/package.json", JSON.stringify(own));
  made.write("project/w/package.json", '{"name":"w","version":"1.0.0"}');
  const sha1 = `sha1-${createHash("sha1").update(tarball(GREET)).digest("base64")}`;
  made.writeLock({
    "": {},
    "node_modules/words": entry(WORDS),
    "node_modules/@scope/greet": entry(GREET, { integrity: sha1 }),
    "node_modules/left": { version: "1.0.0", integrity: integrity(tarball(WORDS)) },
    "node_modules/g": { version: "1.0.0", resolved: "git+ssh://git@h.example/g.git#0123" },
    "node_modules/f": { version: "1.0.0", resolved: "file:f.tgz", integrity: integrity(tarball(WORDS)) },
    "node_modules/w": { link: true, resolved: "w" },
    w: { version: "1.0.0" },
    "node_modules/g/node_modules/inner": { version: "1.0.0", inBundle: true },
  });
  const lines = [
    "not covered\t@scope/greet@2.0.0\tthe lock file has no SHA-512 for it",
    "not covered\tleft@1.0.0\tno trusted role lists it",
    "not covered\tg@1.0.0\tit comes from a git repository",
    "not covered\tf@1.0.0\tit is a file of this machine",
    "not covered\tinner@1.0.0\tit is part of node_modules/g, which is not verified",
    "DESK/project/package-lock.json: 1 verified, 0 different, 5 not covered, 2 folders of the project",
  ];
  assert.deepEqual(await printed(made, 1), lines);
  assert.deepEqual(await printed(made, 0, "--allow-uncovered"), lines);
  const run = (await made.tuf(["verify-lock"])).endsWith(1);
  run.fails("not covered: @scope/greet@2.0.0, left@1.0.0, g@1.0.0, f@1.0.0, inner@1.0.0", "--allow-uncovered");
});

test("a lock file that does not say which bytes it wants is not covered", async (context) => {
  const made = desk(context);
  made.writeLock({ "": {}, "node_modules/words": entry(WORDS), "node_modules/@scope/greet": entry(GREET, {}) });
  (await made.tuf(["verify-lock"])).endsWith(1).fails("not covered: @scope/greet@2.0.0", "--allow-uncovered");
});

test("a package that is not in the repository has a status of its own", async (context) => {
  const made = desk(context);
  made.writeLock({ "": {}, "node_modules/words": entry(WORDS), "node_modules/left": entry({ ...WORDS, version: "9.0.0" }) });
  (await made.tuf(["verify-lock"])).endsWith(41).fails("not covered: left@9.0.0", "--allow-uncovered");
});

test("nothing verified is no success", async (context) => {
  const made = desk(context);
  for (const packages of [{ "": {} }, { "": {}, "node_modules/w": { link: true, resolved: "w" }, w: {} }]) {
    made.writeLock(packages);
    const run = (await made.tuf(["verify-lock", "--allow-uncovered"])).endsWith(1);
    run.fails("nothing was verified: no package of the lock file is covered", "check the metadata URL");
  }
  made.writeLock({ "": {}, "node_modules/left": entry({ ...WORDS, version: "9.0.0" }) });
  (await made.tuf(["verify-lock", "--allow-uncovered"])).endsWith(1).fails("nothing was verified", "");
  (await made.tuf(["ci"])).endsWith(41).fails("not covered: left@9.0.0", "nothing was installed");
});

test("hashes that the repository does not list are no hashes that agree", async (context) => {
  const made = desk(context);
  const published = new Published([]);
  published.repository.otherHashes = [];
  HONEST.forEach((one) => published.add(one));
  published.repository.publish();
  made.trust(published);
  const run = (await made.tuf(["verify-lock", "--json"])).endsWith(1);
  assert.deepEqual(
    run.events("tuf-package").map(({ verdict, why }) => [verdict, why]),
    [["not-covered", "no-sha512"], ["not-covered", "no-sha512"]],
  );
});

test("reads the lock file that npm reads, or the one that is named", async (context) => {
  const made = desk(context);
  made.writeLock({ "": {}, "node_modules/words": entry(EVIL[0] ?? WORDS) }, "npm-shrinkwrap.json");
  (await made.tuf(["verify-lock"])).endsWith(40);
  (await made.tuf(["verify-lock", "package-lock.json"])).endsWith(0);
  (await made.tuf(["verify-lock", "other.json"])).endsWith(2).fails("cannot read ", "check the path");
  (await made.tuf(["verify-lock", "a", "b"])).endsWith(2).fails("verify-lock takes one lock file at most", "verify-lock --help");
  made.write("project/npm-shrinkwrap.json", "{}");
  (await made.tuf(["verify-lock"])).endsWith(2).fails("malformed lock file: ", "npm install --package-lock-only");
});

test("tells a program about each package", async (context) => {
  const made = desk(context);
  const run = (await made.tuf(["verify-lock", "--json"])).endsWith(0);
  assert.deepEqual(run.events("tuf-package"), [
    {
      reason: "tuf-package",
      location: "node_modules/words",
      name: "words",
      version: "1.1.0",
      verdict: "verified",
      path: "npm/words/-/words-1.1.0.tgz",
      role: "npm",
    },
    {
      reason: "tuf-package",
      location: "node_modules/@scope/greet",
      name: "@scope/greet",
      version: "2.0.0",
      verdict: "verified",
      path: "npm/@scope/greet/-/greet-2.0.0.tgz",
      role: "npm",
    },
  ]);
  const judged = run.events("tuf-lock-judged")[0];
  assert.deepEqual([judged?.["verified"], judged?.["differs"], judged?.["notCovered"]], [2, 0, 0]);
});

test("a lock file of which nothing but digests can be checked is not verified", async (context) => {
  const made = desk(context);
  (await made.tuf(["verify-lock", "--offline"])).endsWith(68).fails("", "");
  (await made.tuf(["verify-lock"])).endsWith(0);
  const run = (await made.tuf(["verify-lock", "--offline", "--cache-size=0"])).endsWith(68);
  run.fails("npm/words/document.json is not fetched: the client is offline", "run once without --offline, or bring a bundle");
  // The documents that were verified before are verified again.
  (await made.tuf(["verify-lock", "--offline"])).endsWith(0);
});

test("needs the package.json of the project", async (context) => {
  const made = desk(context);
  made.write("project/package.json", "[]");
  (await made.tuf(["verify-lock"])).endsWith(2).fails(`${made.path("project/package.json")} is no JSON object`, "package.json");
  made.remove("project/package.json");
  (await made.tuf(["ci"])).endsWith(2).fails(`${made.path("project/package.json")}: it cannot be read`, "package.json");
});
