/** The commands of packages: linked as npm links them, with each npm; npm is started where more is to be done. */

import assert from "node:assert/strict";
import { lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Desk, pinned } from "./world/desk.js";
import { withEachNpm } from "./world/npms.js";
import type { Package } from "./world/package.js";
import { PlainRegistry } from "./world/plain-registry.js";
import { Published } from "./world/published.js";

function tool(name: string, fields: Readonly<Record<string, unknown>>, files: Readonly<Record<string, string>> = {}): Package {
  return { name, version: "1.0.0", word: name, fields, files };
}

/** Packages, and whether npm has to be started for their commands. */
const CASES: readonly (readonly [string, readonly Package[], boolean])[] = [
  ["one command", [tool("tool", { bin: "index.js" })], false],
  ["the command of a package with a scope", [tool("@scope/tool", { bin: "./index.js" })], false],
  ["several commands, one of them without a file", [tool("tool", { bin: { one: "index.js", two: "lib/two.js", three: "missing.js" } }, { "lib/two.js": "#!/usr/bin/env node\n" })], false],
  ["names and paths that would lead out", [tool("tool", { bin: { "../../one": "index.js", "a/b": "../../index.js", "@c/d": "/index.js" } })], false],
  ["commands of several packages", [tool("one", { bin: "index.js" }), tool("@scope/two", { bin: { two: "index.js" } })], false],
  ["no command", [tool("tool", {})], false],
  ["one name for two commands", [tool("one", { bin: { same: "index.js" } }), tool("two", { bin: { same: "index.js" } })], true],
  ["a line of Windows behind `#!`", [tool("tool", { bin: "tool.js" }, { "tool.js": "#!/usr/bin/env node\r\nexit\r\n" })], true],
  ["a folder of commands", [tool("tool", { directories: { bin: "bin" } }, { "bin/one": "", "bin/two.js": "" })], true],
  ["a command that is a folder", [tool("tool", { bin: "lib" }, { "lib/two.js": "" })], true],
  ["a script beside a command", [tool("tool", { bin: "index.js", scripts: { install: "true" } })], true],
  ["a command beside a package with a script", [tool("one", { bin: "index.js" }), tool("two", { scripts: { install: "true" } })], true],
];

/** Every link in the `.bin` of the project, and every file with its mode and content. */
function installed(desk: Desk): readonly string[] {
  const base = desk.path("project/node_modules");
  const paths = readdirSync(base, { recursive: true, encoding: "utf8" }).filter((path) => path !== ".package-lock.json");
  const described = paths.map((path) => {
    const found = lstatSync(join(base, path));
    if (found.isSymbolicLink()) {
      return `${path} -> ${readlinkSync(join(base, path))}`;
    }
    const content = found.isFile() ? readFileSync(join(base, path), "latin1") : "";
    return `${path} ${(statSync(join(base, path)).mode & 0o777).toString(8)} ${content}`;
  });
  return described.sort();
}

for (const [name, packages, needsNpm] of CASES) {
  withEachNpm(`installs what npm installs: ${name}`, async (desk, context) => {
    const registry = await PlainRegistry.serving(packages);
    context.after(() => registry.stop());
    // npm writes a folder of commands into a lock file as the commands that are in it.
    const commands = { directories: undefined, bin: { one: "bin/one", "two.js": "bin/two.js" } };
    desk.project(packages, (one) => ({ ...pinned(one), ...(one.fields?.["directories"] === undefined ? {} : commands) }));
    (await desk.npm(["ci", `--registry=${registry.url}`])).endsWith(0);
    const expected = installed(desk);
    desk.remove("project/node_modules");
    desk.trust(new Published(packages));
    const run = (await desk.tuf(["ci"])).endsWith(0);
    assert.deepEqual(installed(desk), expected);
    assert.equal(run.stdout.includes("rebuilt dependencies"), needsNpm, run.stdout);
  });
}

withEachNpm("links no command where that is the setting", async (desk) => {
  const packages = [tool("tool", { bin: "index.js" })];
  desk.trust(new Published(packages));
  desk.project(packages);
  (await desk.tuf(["ci", "--no-bin-links"])).endsWith(0);
  assert.ok(!desk.has("project/node_modules/.bin"));
  desk.write("project/.npmrc", "bin-links=false\n");
  (await desk.tuf(["ci"])).endsWith(0);
  assert.ok(!desk.has("project/node_modules/.bin"));
});
