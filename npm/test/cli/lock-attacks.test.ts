/**
 * A lock file that somebody else wrote: what each says fools plain npm, or would, and neither `verify-lock` nor `ci`. The packages that it
 * names are signed, and their digests are right.
 */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { dirname } from "node:path";
import type { TestContext } from "node:test";
import { type Desk, pinned, type Variables } from "./world/desk.js";
import { withAnNpm, withEachNpm } from "./world/npms.js";
import { type Package, packageJson, tarball } from "./world/package.js";
import { PlainRegistry } from "./world/plain-registry.js";
import { Published } from "./world/published.js";
import { HONEST, WORDS } from "./world/words.js";

/** Whoever runs this leaves a file beside the project. */
const OWN = 'node -e "require(\'fs\').writeFileSync(process.env.OWNED, \'owned\')"';
/** The thief's package, which calls itself as one that `carrier` brings along. */
const EVIL: Package = { name: "inner", version: "6.6.6", word: "owned", fields: { scripts: { preinstall: OWN, prepare: OWN } } };
const CARRIER: Package = {
  name: "carrier",
  version: "1.0.0",
  word: "carried",
  dependencies: { inner: "*" },
  fields: { bundleDependencies: ["inner"] },
  files: { "node_modules/inner/package.json": '{"name":"inner","version":"1.0.0"}', "node_modules/inner/index.js": "" },
};
/** A package that needs another one, and does not bring it along. */
const HOLLOW: Package = { name: "hollow", version: "1.0.0", word: "hollow", dependencies: { inner: "*" } };
const SIGNED = [...HONEST, CARRIER];

interface Scene {
  readonly desk: Desk;
  /** A registry without signatures with the signed packages and the evil one, for plain npm. */
  readonly registry: PlainRegistry;
  /** The address of a git repository with the evil package, at a commit. */
  readonly git: string;
  readonly variables: Variables;
}

async function scene(desk: Desk, context: TestContext, signed: readonly Package[] = SIGNED): Promise<Scene> {
  const registry = await PlainRegistry.serving([...signed, EVIL]);
  context.after(() => registry.stop());
  desk.trust(new Published(signed));
  desk.project(signed);
  desk.write("evil/package.json", packageJson(EVIL));
  desk.write("evil/index.js", 'module.exports = "owned";');
  desk.write("evil.tgz", tarball(EVIL));
  const git = (...args: readonly string[]): string => {
    const identity = ["-c", "user.name=thief", "-c", "user.email=thief@example.org"];
    return execFileSync("git", [...identity, ...args], { cwd: desk.path("evil"), encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  };
  git("init", "--quiet");
  git("add", ".");
  git("commit", "--quiet", "--message=evil");
  return {
    desk,
    registry,
    git: `git+file://${desk.path("evil")}#${git("rev-parse", "HEAD")}`,
    variables: {
      OWNED: desk.path("owned"),
      npm_config_registry: registry.url,
      "npm_config_@scope:registry": registry.url,
    },
  };
}

type Claims = Readonly<Record<string, unknown>>;

/** The lock file of the signed packages, with other things said of some of them, and more entries. */
function writeLock(desk: Desk, changed: Readonly<Record<string, Claims>>, more: Claims = {}): void {
  const dependencies = Object.fromEntries(SIGNED.map(({ name, version }) => [name, version]));
  const entries = SIGNED.map((one) => {
    const entry = { version: one.version, dependencies: one.dependencies, ...one.fields, ...pinned(one), ...changed[one.name] };
    return [`node_modules/${one.name}`, entry] as const;
  });
  const inner = { "node_modules/carrier/node_modules/inner": { version: "1.0.0", inBundle: true } };
  desk.writeLock({ "": { name: "project", version: "1.0.0", dependencies }, ...Object.fromEntries(entries), ...inner, ...more });
}

/** The lock file of `hollow`, which is said to bundle this. */
function writeHollowLock(desk: Desk, inner: Claims): void {
  desk.project([HOLLOW]);
  desk.writeLock({
    "": { name: "project", version: "1.0.0", dependencies: { hollow: "1.0.0" } },
    "node_modules/hollow": { version: "1.0.0", dependencies: HOLLOW.dependencies, ...pinned(HOLLOW) },
    "node_modules/hollow/node_modules/inner": { inBundle: true, hasInstallScript: true, ...inner },
  });
}

/** Neither command succeeds, both for this reason, and npm is not started. */
async function isRefused({ desk, registry, variables }: Scene, status: number, error: string): Promise<void> {
  desk.remove("owned");
  const asked = registry.asked.length;
  (await desk.tuf(["verify-lock"], variables)).endsWith(status).fails(error, "");
  const run = (await desk.tuf(["ci"], variables)).endsWith(status).fails(error, "");
  assert.ok(!run.stderr.includes("Running npm"), run.stderr);
  assert.ok(!desk.has("owned"), "the thief's script ran");
  assert.equal(registry.asked.length, asked, "a registry without signatures was asked");
}

withEachNpm("accepts what is signed, with a package that brings another along", async (desk, context) => {
  const { variables } = await scene(desk, context);
  writeLock(desk, {});
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("carrier"), "carried");
  assert.ok(desk.has("project/node_modules/carrier/node_modules/inner/index.js"));
  assert.ok(!desk.has("project/node_modules/.package-lock.json"), "npm would take commands from it");
});

const ELSEWHERE: readonly (readonly [string, (scene: Scene) => string])[] = [
  ["a git repository", ({ git }) => git],
  ["a file", ({ desk }) => `file:${desk.path("evil.tgz")}`],
  ["an address", ({ registry }) => registry.address(EVIL)],
];

for (const [where, address] of ELSEWHERE) {
  withAnNpm(`rejects a bundled package that comes from ${where}`, async (desk, context) => {
    const at = await scene(desk, context, [HOLLOW]);
    writeHollowLock(desk, { version: address(at) });
    (await desk.npm(["ci"], at.variables)).endsWith(0);
    assert.ok(desk.has("owned"), "plain npm runs it");
    await isRefused(at, 1, "not covered: inner@");
  });

  withAnNpm(`rejects a dependency without an entry that comes from ${where}`, async (desk, context) => {
    const at = await scene(desk, context);
    writeLock(desk, { words: { dependencies: { inner: address(at) } } });
    const plain = await desk.npm(["ci"], at.variables);
    assert.ok(plain.stderr.includes("inner@6.6.6"), `plain npm looks there\n${plain.stderr}`);
    await isRefused(at, 40, "wrong software: node_modules/words: the lock file has other `dependencies` than the signed package");
  });
}

withAnNpm("rejects a bundled package that its bundler does not bring along", async (desk, context) => {
  const at = await scene(desk, context, [HOLLOW]);
  writeHollowLock(desk, { version: "6.6.6" });
  (await desk.npm(["ci"], at.variables)).endsWith(0);
  assert.ok(desk.has("owned"), "plain npm runs it");
  await isRefused(at, 40, "wrong software: node_modules/hollow/node_modules/inner: it is not in the signed tarball of node_modules/hollow");
});

/** JSON says `good` of the packages; npm leaves out the lines with marks, and reads `evil`. */
function conflictLock(evil: Claims, good: Claims): string {
  return [
    `{"name":"project","version":"1.0.0","lockfileVersion":3,"requires":true,"packages":${JSON.stringify(evil)}`,
    `,"packages":${JSON.stringify(good)},"a":"<<<<<<<"`,
    ',"b":"======="',
    ',"c":">>>>>>>"',
    "}",
  ].join("\n");
}

for (const name of ["package-lock.json", "npm-shrinkwrap.json"]) {
  withAnNpm(`rejects a ${name} that npm reads as a merge conflict`, async (desk, context) => {
    const at = await scene(desk, context, [WORDS]);
    const { packages } = JSON.parse(desk.read("project/package-lock.json")) as { readonly packages: Claims };
    const evil = { version: "1.1.0", resolved: at.registry.address(EVIL), hasInstallScript: true, ...pinned(EVIL) };
    desk.remove("project/package-lock.json");
    desk.write(`project/${name}`, conflictLock({ ...packages, "node_modules/words": evil }, packages));
    const plain = await desk.npm(["ci"], at.variables);
    assert.equal(desk.installed("words"), "owned", `plain npm installs it\n${plain.stderr}`);
    const error = `malformed lock file: ${desk.path(`project/${name}`)}: it looks like a merge conflict to npm`;
    await isRefused(at, 2, error);
    (await desk.tuf(["collect", "-o", "../tree"], at.variables)).endsWith(2).fails(error, "do not run npm here");
  });
}

withAnNpm("rejects scripts that stand in the lock file", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, { words: { scripts: { postinstall: OWN }, hasInstallScript: true } });
  (await desk.npm(["ci"], at.variables)).endsWith(0);
  assert.ok(desk.has("owned"), "plain npm runs them");
  await isRefused(at, 40, "wrong software: node_modules/words: the lock file has `scripts` for it");
});

withAnNpm("rejects a signed package in the place of another", async (desk, context) => {
  const other: Package = { name: "other", version: "1.1.0", word: "another" };
  const at = await scene(desk, context, [...SIGNED, other]);
  desk.project(SIGNED);
  writeLock(desk, { words: { name: "other", ...pinned(other) } });
  (await desk.npm(["ci"], at.variables)).endsWith(0);
  assert.equal(desk.installed("words"), "another");
  await isRefused(at, 40, "wrong software: node_modules/words: it is other, and words is asked for");
});

withAnNpm("rejects a signed package under a name that nothing asks for", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, {}, { "node_modules/unasked": { name: "words", version: "1.1.0", ...pinned(WORDS) } });
  await isRefused(at, 40, "wrong software: node_modules/unasked: it is words, and nothing asks for that under this name");
});

withAnNpm("rejects a platform that a signed package does not have, for which npm leaves it out", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, { "@scope/greet": { dependencies: undefined, optionalDependencies: { words: "^1.0.0" } }, words: { os: ["none"] } });
  const own = { name: "project", version: "1.0.0", dependencies: { "@scope/greet": "2.0.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  (await desk.npm(["ci"], at.variables)).endsWith(0);
  assert.equal(desk.installed("words"), undefined);
  await isRefused(at, 40, "wrong software: node_modules/words: the lock file has other `os` than the signed package, and 1 more");
});

withAnNpm("rejects dependencies that the lock file leaves out", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, { "@scope/greet": { dependencies: undefined } });
  (await desk.npm(["ci"], at.variables)).endsWith(0);
  await isRefused(at, 40, "wrong software: node_modules/@scope/greet: the lock file has other `dependencies` than the signed package");
});

withAnNpm("rejects a link to a folder that the project does not declare", async (desk, context) => {
  const at = await scene(desk, context);
  desk.write("project/fixtures/words/package.json", JSON.stringify({ name: "words", version: "1.1.0" }));
  desk.write("project/fixtures/words/index.js", 'module.exports = "owned";');
  const link = { "node_modules/words": { resolved: "fixtures/words", link: true }, "fixtures/words": { version: "1.1.0" } };
  writeLock(desk, {}, link);
  (await desk.npm(["ci"], at.variables)).endsWith(0);
  assert.equal(desk.installed("words"), "owned");
  await isRefused(at, 1, "not covered: words");
});

withAnNpm("rejects a package at a place outside of node_modules", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, {}, { "node_modules/../../outside/words": { name: "words", version: "1.1.0", ...pinned(WORDS) } });
  await isRefused(at, 1, "not covered: words@1.1.0");
});

withAnNpm("rejects a shrinkwrap that the signed package does not have", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, { "@scope/greet": { hasShrinkwrap: true } });
  await isRefused(at, 40, "wrong software: node_modules/@scope/greet: the lock file has other `hasShrinkwrap` than the signed package");
});

withAnNpm("rejects what the project itself wants from elsewhere", async (desk, context) => {
  const at = await scene(desk, context);
  writeLock(desk, {});
  const dependencies = Object.fromEntries(SIGNED.map(({ name, version }) => [name, version]));
  const own = { name: "project", version: "1.0.0", dependencies };
  for (const more of [{ overrides: { inner: at.git } }, { devDependencies: { inner: at.git } }, { optionalDependencies: { inner: "file:../evil" } }]) {
    desk.write("project/package.json", JSON.stringify({ ...own, ...more }));
    await isRefused(at, 1, "not covered: project@1.0.0");
  }
});

withAnNpm("rejects commands that stand in the lock file, and takes them from the packages", async (desk, context) => {
  const tool: Package = { name: "tool", version: "1.0.0", word: "tool", fields: { bin: { tool: "index.js" } } };
  const at = await scene(desk, context, [tool]);
  for (const bin of [{ tool: "index.js", other: "index.js" }, { tool: "../../../evil/index.js", "../../other": "index.js" }]) {
    desk.project([tool], (one) => ({ ...pinned(one), bin }));
    chmodSync(desk.path("evil/index.js"), 0o644);
    (await desk.npm(["ci"], at.variables)).endsWith(0);
    assert.ok(desk.has("project/node_modules/.bin/other"), "plain npm links it");
    // npm keeps names and paths of commands inside; should it ever not, the lock file is refused all the same.
    assert.equal(statSync(desk.path("evil/index.js")).mode & 0o777, 0o644);
    await isRefused(at, 40, "wrong software: node_modules/tool: the lock file has other `bin` than the signed package");
  }
  desk.project([tool], pinned);
  (await desk.tuf(["ci"], at.variables)).endsWith(0);
  assert.deepEqual(readdirSync(desk.path("project/node_modules/.bin")), ["tool"]);
  assert.equal(desk.read("project/node_modules/.bin/tool"), desk.read("project/node_modules/tool/index.js"));
});

const OPTIONAL_AT: readonly string[] = ["https://registry.example/-/words-1.1.0.tgz", "https://registry.example/words"];

for (const resolved of OPTIONAL_AT) {
  withAnNpm(`rejects a needed package that is called optional, at ${resolved}, for which npm deletes the project`, async (desk, context) => {
    const at = await scene(desk, context, [WORDS]);
    for (const list of ["dependencies", "devDependencies"]) {
      const own = { name: "project", version: "1.0.0", [list]: { words: "1.1.0" } };
      desk.write("project/package.json", JSON.stringify(own));
      desk.write("project/src/work.txt", "unsaved");
      desk.writeLock({ "": own, "node_modules/words": { version: "1.1.0", optional: true, ...pinned(WORDS), resolved } });
      await isRefused(at, 40, "wrong software: node_modules/words: the lock file has `optional` for it, and it is needed otherwise");
      assert.ok(desk.has("project/src/work.txt"), "the project is gone");
    }
  });
}

withEachNpm("accepts an optional package at an address that looks like no tarball", async (desk, context) => {
  const { variables } = await scene(desk, context, [WORDS]);
  for (const resolved of [...OPTIONAL_AT, "https://registry.example/get?words=1.1.0"]) {
    const own = { name: "project", version: "1.0.0", optionalDependencies: { words: "1.1.0" } };
    desk.write("project/package.json", JSON.stringify(own));
    desk.writeLock({ "": own, "node_modules/words": { version: "1.1.0", optional: true, ...pinned(WORDS), resolved } });
    (await desk.tuf(["ci"], variables)).endsWith(0);
    assert.equal(desk.installed("words"), "hello");
    desk.remove("project/node_modules");
  }
});

withAnNpm("rejects a needed package that is said to be for development", async (desk, context) => {
  const at = await scene(desk, context, [WORDS]);
  for (const flag of ["dev", "devOptional"]) {
    desk.project([WORDS], (one) => ({ ...pinned(one), [flag]: true }));
    await isRefused(at, 40, `wrong software: node_modules/words: the lock file has \`${flag}\` for it, and it is needed otherwise`);
  }
});

/** A package whose author lets npm put another one where the project has its own, and beside the project's sources. */
function shrinkwrapped(places: readonly string[]): Package {
  const inner = { name: "words", version: "1.1.0", ...pinned(WORDS) };
  const own = { name: "wrapped", version: "1.0.0", dependencies: { words: "^1.0.0" } };
  const packages = { "": own, ...Object.fromEntries(places.map((place) => [place, inner])) };
  const lock = JSON.stringify({ ...own, lockfileVersion: 3, requires: true, packages });
  return { ...own, word: "wrapped", files: { "npm-shrinkwrap.json": lock } };
}

withAnNpm("rejects a lock file in a signed package, which npm would follow to any place", async (desk, context) => {
  const wrapped = shrinkwrapped(["node_modules/words", "../victim", "../../src/node_modules/words"]);
  const at = await scene(desk, context, [WORDS, wrapped]);
  desk.project([WORDS, wrapped], (one) => ({ ...pinned(one), ...(one === wrapped ? { hasShrinkwrap: true } : {}) }));
  await isRefused(at, 1, "not covered: wrapped@1.0.0");
  assert.ok(!desk.has("project/src"), "npm has written beside node_modules");
});

withAnNpm("rejects a lock file in a signed package that is announced under another name", async (desk, context) => {
  const wrapped = shrinkwrapped(["node_modules/words", "../victim"]);
  const at = await scene(desk, context, [WORDS, wrapped]);
  desk.project([WORDS, wrapped], (one) => ({ ...pinned(one), ...(one === wrapped ? { _hasShrinkwrap: true } : {}) }));
  await isRefused(at, 40, "wrong software: node_modules/wrapped: the lock file has `_hasShrinkwrap` for it");
});

withEachNpm("accepts a package with a lock file that the project's does not announce, which npm does not read", async (desk, context) => {
  const wrapped = shrinkwrapped(["node_modules/words", "../victim", "../../src/node_modules/words"]);
  const { variables } = await scene(desk, context, [WORDS, wrapped]);
  desk.project([WORDS, wrapped]);
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.deepEqual(readdirSync(desk.path("project/node_modules")).sort(), ["words", "wrapped"]);
  assert.deepEqual(readdirSync(desk.path("project/node_modules/wrapped")).sort(), ["index.js", "npm-shrinkwrap.json", "package.json"]);
  assert.ok(!desk.has("project/src"));
});

withAnNpm("rejects a signed package in a folder that is none of the project", async (desk, context) => {
  const at = await scene(desk, context);
  desk.write("project/server/node_modules/words/index.js", 'module.exports = "committed";');
  writeLock(desk, {}, { "server/node_modules/words": { version: "1.1.0", ...pinned(WORDS) } });
  await isRefused(at, 1, "not covered: words@1.1.0");
  assert.ok(desk.read("project/server/node_modules/words/index.js").includes("committed"));
});

withEachNpm("installs what is for development whatever .npmrc makes npm print, and leaves it out where that is the setting", async (desk, context) => {
  const { variables } = await scene(desk, context, [WORDS]);
  const own = { name: "project", version: "1.0.0", devDependencies: { words: "1.1.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  desk.writeLock({ "": own, "node_modules/words": { version: "1.1.0", dev: true, ...pinned(WORDS) } });
  desk.write("project/node_modules/words/index.js", 'module.exports = "stale";');
  desk.write("project/.npmrc", "usage=true\n");
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
  desk.write("project/.npmrc", "omit[]=dev\n");
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("words"), undefined, "packages for development are left out where that is the setting");
});

withAnNpm("rejects a weak digest of other bytes, which is all that npm goes by", async (desk, context) => {
  const at = await scene(desk, context, [WORDS]);
  const evil = tarball({ ...WORDS, word: "owned" });
  const registry = await PlainRegistry.serving([{ ...WORDS, word: "owned" }]);
  context.after(() => registry.stop());
  for (const algorithm of ["sha1", "sha256"]) {
    const digest = `${algorithm}-${createHash(algorithm).update(evil).digest("base64")}`;
    desk.project([WORDS], () => ({ integrity: digest }));
    (await desk.npm(["ci", "--prefer-online"], { npm_config_registry: registry.url, npm_config_cache: desk.path(`cache-${algorithm}`) })).endsWith(0);
    assert.equal(desk.installed("words"), "owned");
    desk.remove("project/node_modules");
    await isRefused(at, 40, `wrong software: node_modules/words: the lock file demands another ${algorithm} digest than the signed package has`);
  }
});

withEachNpm("never leaves out a needed package that is said to be a peer", async (desk, context) => {
  const { variables } = await scene(desk, context, [WORDS]);
  desk.project([WORDS], (one) => ({ ...pinned(one), peer: true }));
  (await desk.npm(["ci", "--omit=peer"], variables)).endsWith(0);
  // Newer versions of npm do not believe it.
  const isLeftOut = desk.installed("words") === undefined;
  const run = await desk.tuf(["ci", "--omit=peer"], variables);
  if (isLeftOut) {
    run.endsWith(40).fails("npm has left out words, which the project needs", "");
  } else {
    run.endsWith(0);
    assert.equal(desk.installed("words"), "hello");
  }
});

withAnNpm("rejects a needed package that is called extraneous or inert", async (desk, context) => {
  const at = await scene(desk, context, [WORDS]);
  for (const flag of ["extraneous", "ideallyInert"]) {
    desk.project([WORDS], (one) => ({ ...pinned(one), [flag]: true }));
    await isRefused(at, 40, `wrong software: node_modules/words: the lock file has \`${flag}\` for it, and it is needed otherwise`);
  }
});

withAnNpm("rejects a node_modules that is a link, whose folder npm empties", async (desk, context) => {
  const { variables } = await scene(desk, context, [WORDS]);
  desk.project([WORDS]);
  desk.write("victim/work.txt", "unsaved");
  symlinkSync("../victim", desk.path("project/node_modules"));
  (await desk.tuf(["ci"], variables)).endsWith(40).fails("cannot write below", "take it away");
  assert.equal(desk.read("victim/work.txt"), "unsaved");
  await desk.npm(["ci"], variables);
  assert.ok(!desk.has("victim/work.txt"), "plain npm has emptied it");
});

withEachNpm("takes away what begins with a dot in the node_modules of workspaces", async (desk, context) => {
  const { variables } = await scene(desk, context, [WORDS]);
  const own = { name: "project", version: "1.0.0", workspaces: ["w"], dependencies: { words: "1.1.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  desk.write("project/w/package.json", '{"name":"w","version":"1.0.0"}');
  desk.writeLock({
    "": own,
    "node_modules/w": { resolved: "w", link: true },
    w: { version: "1.0.0" },
    "node_modules/words": { version: "1.1.0", ...pinned(WORDS) },
  });
  for (const path of [".bin/node", ".package-lock.json", ".prisma/client/index.js"]) {
    desk.write(`project/w/node_modules/${path}`, "owned");
    desk.write(`project/node_modules/${path}`, "owned");
  }
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.deepEqual(readdirSync(desk.path("project/w/node_modules")), []);
  assert.deepEqual(readdirSync(desk.path("project/node_modules")).sort(), ["w", "words"]);
});

for (const link of ["@scope", "words/node_modules"]) {
  withEachNpm(`takes away a link at ${link} in the node_modules of a workspace, behind which npm moves files`, async (desk) => {
    desk.trust(new Published(HONEST));
    const own = { name: "project", version: "1.0.0", workspaces: ["ws"] };
    const ws = { name: "ws", version: "1.0.0", dependencies: Object.fromEntries(HONEST.map(({ name, version }) => [name, version])) };
    desk.write("project/package.json", JSON.stringify(own));
    desk.write("project/ws/package.json", JSON.stringify(ws));
    const files = ["greet/package.json", "greet/precious", "index.js", "package.json"];
    files.forEach((file) => desk.write(`other/${file}`, "{}"));
    mkdirSync(dirname(desk.path(`project/ws/node_modules/${link}`)), { recursive: true });
    symlinkSync(desk.path("other"), desk.path(`project/ws/node_modules/${link}`));
    if (link.startsWith("words")) {
      desk.write("project/ws/node_modules/words/package.json", JSON.stringify({ name: "words", version: "1.0.0" }));
    }
    const entries = HONEST.map((one) => {
      return [`ws/node_modules/${one.name}`, { version: one.version, dependencies: one.dependencies, ...pinned(one) }] as const;
    });
    desk.writeLock({ "": own, ws, "node_modules/ws": { resolved: "ws", link: true }, ...Object.fromEntries(entries) });
    (await desk.tuf(["ci"])).endsWith(0);
    const found = readdirSync(desk.path("other"), { recursive: true, encoding: "utf8" });
    assert.deepEqual(found.filter((name) => name !== "greet").sort(), files);
    assert.ok(desk.has("project/ws/node_modules/@scope/greet/index.js"));
  });
}
