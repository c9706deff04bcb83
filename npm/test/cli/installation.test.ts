/** How `tuf-verifier ci` installs: what is put there, what runs and when, with each npm. */

import assert from "node:assert/strict";
import { existsSync, realpathSync } from "node:fs";
import { pinned, type Desk } from "./world/desk.js";
import { withEachNpm } from "./world/npms.js";
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
