/** How `tuf-verifier ci` installs: what is put there, what runs and when, with each npm. */

import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, statSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { pinned, type Desk } from "./world/desk.js";
import { withAnNpm, withEachNpm } from "./world/npms.js";
import type { Package } from "./world/package.js";
import { Published } from "./world/published.js";
import { GREET, HONEST, WORDS } from "./world/words.js";

/** A script that writes its name at the end of a file. */
const say = (word: string): string => `echo ${word} >> "$SAID"`;
const NOISY: Package = { name: "noisy", version: "1.0.0", word: "", fields: { scripts: { preinstall: say("pre"), postinstall: say("post") } } };
const TOOL: Package = { name: "tool", version: "1.0.0", word: "tool", fields: { bin: { tool: "index.js" } } };

function variables(desk: Desk): Readonly<Record<string, string>> {
  return { SAID: desk.path("said") };
}

withEachNpm("runs scripts of packages, then those of the project", async (desk) => {
  desk.trust(new Published([NOISY]));
  desk.project([NOISY]);
  const scripts = Object.fromEntries(["preinstall", "install", "postinstall", "prepare", "postprepare"].map((name) => [name, say(name)]));
  desk.write("project/package.json", JSON.stringify({ name: "project", version: "1.0.0", dependencies: { noisy: "1.0.0" }, scripts }));
  const run = (await desk.tuf(["ci"], variables(desk))).endsWith(0);
  assert.equal(desk.read("said"), "pre\npost\npreinstall\ninstall\npostinstall\nprepare\npostprepare\n");
  assert.ok(run.stderr.includes("Installed 1 packages, verified"), run.stderr);
});

withEachNpm("runs no script where that is the setting", async (desk) => {
  desk.trust(new Published([NOISY, TOOL]));
  desk.project([NOISY, TOOL]);
  const own = { name: "project", version: "1.0.0", dependencies: { noisy: "1.0.0", tool: "1.0.0" } };
  desk.write("project/package.json", JSON.stringify({ ...own, scripts: { install: say("install"), prepare: say("prepare") } }));
  (await desk.tuf(["ci", "--ignore-scripts"], variables(desk))).endsWith(0);
  desk.write("project/.npmrc", "ignore-scripts=true\n");
  (await desk.tuf(["ci"], variables(desk))).endsWith(0);
  assert.ok(!desk.has("said"), "a script ran");
  assert.ok(existsSync(desk.path("project/node_modules/.bin/tool")), "commands are no scripts");
});

withEachNpm("leaves out an optional package that cannot be built, with what needs it", async (desk) => {
  const broken: Package = { name: "broken", version: "1.0.0", word: "", fields: { scripts: { install: "exit 1" } } };
  const binding: Package = { name: "binding", version: "1.0.0", word: "", dependencies: { broken: "1.0.0" } };
  desk.trust(new Published([broken, binding, WORDS]));
  desk.project([broken, binding, WORDS], (one) => ({ ...pinned(one), ...(one === WORDS ? {} : { optional: true }) }));
  const own = { name: "project", version: "1.0.0", dependencies: { words: "1.1.0" }, optionalDependencies: { binding: "1.0.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  const run = (await desk.tuf(["ci"], variables(desk))).endsWith(0);
  assert.ok(run.stderr.includes("node_modules/broken is optional and cannot be built"), run.stderr);
  assert.deepEqual(["words", "broken", "binding"].map((name) => desk.has(`project/node_modules/${name}`)), [true, false, false]);
  desk.project([broken, binding, WORDS]);
  (await desk.tuf(["ci"], variables(desk))).endsWith(101).fails("everything that npm was given was verified, but npm failed", "");
});

withEachNpm("installs the folders of a project", async (desk) => {
  desk.trust(new Published(HONEST));
  const folders = {
    "": { name: "project", version: "1.0.0", workspaces: ["packages/*"], dependencies: { lib: "file:lib" } },
    "packages/w": { name: "w", version: "1.0.0", dependencies: { words: "^1.0.0" }, bin: { w: "w.js" }, scripts: { prepare: say("w") } },
    lib: { name: "lib", version: "1.0.0", dependencies: { "@scope/greet": "2.0.0" } },
  };
  for (const [folder, manifest] of Object.entries(folders)) {
    desk.write(`project/${folder}/package.json`, JSON.stringify(manifest));
  }
  desk.write("project/packages/w/w.js", "");
  const entry = (one: Package): object => ({ version: one.version, dependencies: one.dependencies, ...pinned(one) });
  desk.writeLock({
    ...folders,
    // npm writes no scripts into a lock file.
    "packages/w": { ...folders["packages/w"], scripts: undefined },
    "node_modules/w": { resolved: "packages/w", link: true },
    "node_modules/lib": { resolved: "lib", link: true },
    "node_modules/words": entry(WORDS),
    "node_modules/@scope/greet": entry(GREET),
  });
  const judged = (await desk.tuf(["verify-lock"])).endsWith(0);
  assert.ok(judged.stdout.includes("2 verified, 0 different, 0 not covered, 4 folders of the project"), judged.stdout);
  (await desk.tuf(["ci"], variables(desk))).endsWith(0);
  assert.equal(desk.installed("words"), "hello");
  assert.equal(realpathSync(desk.path("project/node_modules/w")), realpathSync(desk.path("project/packages/w")));
  assert.ok(existsSync(desk.path("project/node_modules/.bin/w")));
  assert.equal(desk.read("said"), "w\n");
});

for (const strategy of ["nested", "linked"]) {
  withEachNpm(`accounts for packages that are placed otherwise, ${strategy}`, async (desk) => {
    desk.trust(new Published([...HONEST, TOOL]));
    desk.project([...HONEST, TOOL]);
    const run = (await desk.tuf(["ci", `--install-strategy=${strategy}`])).endsWith(0);
    assert.match(run.stderr, /Installed 3 packages, verified/);
    assert.equal(desk.installed("@scope/greet"), "greetings");
    assert.ok(existsSync(desk.path("project/node_modules/.bin/tool")));
  });
}

/** An npm that installs as the one of the desk does, and then takes `words` away, as npm does it with what it cannot do without. */
function forgetful(desk: Desk): string {
  const [script, real] = ["forgetful/bin/npm-cli.js", desk.npmScript ?? ""];
  const words = desk.path("project/node_modules/words");
  desk.write("forgetful/package.json", readFileSync(join(dirname(real), "../package.json")));
  desk.write(
    script,
    `const { spawnSync } = require("node:child_process");
    const { status } = spawnSync(process.execPath, [${JSON.stringify(real)}, ...process.argv.slice(2)], { stdio: "inherit" });
    process.argv[2] === "ci" && require("node:fs").rmSync(${JSON.stringify(words)}, { recursive: true });
    process.exitCode = status;`,
  );
  return desk.path(script);
}

withEachNpm("misses what npm took for a part of the project, and has not installed", async (desk) => {
  desk.trust(new Published([WORDS]));
  const own = { name: "project", version: "1.0.0", workspaces: ["w"] };
  const folder = { name: "w", version: "1.0.0", dependencies: { words: "1.1.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  desk.write("project/w/package.json", JSON.stringify(folder));
  desk.writeLock({
    "": own,
    w: folder,
    "node_modules/w": { resolved: "w", link: true },
    // npm looks into its cache only for what has an address.
    "node_modules/words": { version: WORDS.version, resolved: "https://registry.example/words/-/words-1.1.0.tgz", ...pinned(WORDS) },
  });
  for (const part of ["--workspace=w", "--workspaces"]) {
    (await desk.tuf(["ci", part])).endsWith(0);
    assert.equal(desk.installed("words"), "hello");
  }
  desk.npmScript = forgetful(desk);
  (await desk.tuf(["ci", "--workspace=w"])).endsWith(40).fails("npm got words for node_modules/words, and has not installed it", "");
});

/** Where the link or pipe is in the folder `ws` of the project; the way to the user's file; what the `package.json` there says. */
const LINKED: readonly (readonly [string, string, string, Readonly<Record<string, unknown>>])[] = [
  ["a command", "tool.js", "../../home/key", { bin: { tool: "tool.js" } }],
  ["the only command", "tool.js", "../../home/key", { bin: "./tool.js" }],
  ["a folder of a command", "lib", "../../home", { bin: { tool: "lib/key" } }],
  ["a file in the folder of commands", "commands/key", "../../../home/key", { directories: { bin: "commands" } }],
  ["the folder of commands", "commands", "../../home", { directories: { bin: "commands" } }],
];

/** How a project declares its folder `ws`. */
const DECLARED = [{ workspaces: ["ws"] }, { dependencies: { ws: "file:ws" } }];

for (const [index, [what, place, target, fields]] of LINKED.entries()) {
  for (const declared of index === 0 ? DECLARED : DECLARED.slice(0, 1)) {
    const how = Object.keys(declared)[0] ?? "";
    withAnNpm(`rejects a link in the place of ${what}, through which npm changes a file of the user, ${how}`, async (desk) => {
      desk.trust(new Published(HONEST));
      desk.project(HONEST);
      const { packages } = JSON.parse(desk.read("project/package-lock.json")) as { readonly packages: Readonly<Record<string, object>> };
      const dependencies = Object.fromEntries(HONEST.map(({ name, version }) => [name, version]));
      const own = { name: "project", version: "1.0.0", ...declared, dependencies: { ...dependencies, ...declared.dependencies } };
      const ws = { name: "ws", version: "1.0.0", ...fields };
      desk.write("project/package.json", JSON.stringify(own));
      desk.write("project/ws/package.json", JSON.stringify({ ...ws, scripts: { prepare: say("ws") } }));
      desk.write("home/key", "#!/bin/sh\r\n");
      chmodSync(desk.path("home/key"), 0o600);
      mkdirSync(dirname(desk.path(`project/ws/${place}`)), { recursive: true });
      symlinkSync(target, desk.path(`project/ws/${place}`));
      desk.writeLock({ ...packages, "": own, ws: { ...ws, directories: undefined }, "node_modules/ws": { resolved: "ws", link: true } });
      const run = (await desk.tuf(["ci"], variables(desk))).endsWith(40);
      const path = realpathSync(desk.path("project/ws"));
      run.fails(`cannot write below ${path}/${place}: ${path}/${place} is a symbolic link, which is not followed`, "take it away");
      assert.deepEqual([statSync(desk.path("home/key")).mode & 0o777, desk.read("home/key")], [0o600, "#!/bin/sh\r\n"]);
      assert.ok(!desk.has("said"), "a script ran");
    });
  }
}

withEachNpm("links the commands of a folder of the project, however it names them", async (desk) => {
  desk.trust(new Published(HONEST));
  desk.project(HONEST);
  const { packages } = JSON.parse(desk.read("project/package-lock.json")) as { readonly packages: Readonly<Record<string, object>> };
  const dependencies = Object.fromEntries(HONEST.map(({ name, version }) => [name, version]));
  const own = { name: "project", version: "1.0.0", workspaces: ["*"], dependencies };
  desk.write("project/package.json", JSON.stringify(own));
  const folders: Readonly<Record<string, object>> = {
    a: { name: "a", version: "1.0.0", bin: { one: "one.js", missing: "missing.js" } },
    b: { name: "b", version: "1.0.0", directories: { bin: "commands" }, scripts: { prepare: "echo" } },
  };
  for (const [folder, manifest] of Object.entries(folders)) {
    desk.write(`project/${folder}/package.json`, JSON.stringify(manifest));
  }
  desk.write("project/a/one.js", "");
  desk.write("project/b/commands/two.js", "");
  desk.write("project/b/commands/inner/three.js", "");
  const entries = Object.keys(folders).flatMap((folder) => [
    [folder, { ...folders[folder], directories: undefined, scripts: undefined }],
    [`node_modules/${folder}`, { resolved: folder, link: true }],
  ] as const);
  desk.writeLock({ ...packages, "": own, ...Object.fromEntries(entries) });
  (await desk.tuf(["ci"], variables(desk))).endsWith(0);
  assert.deepEqual(["one", "two.js", "three.js"].map((name) => desk.has(`project/node_modules/.bin/${name}`)), [true, true, true]);
});
