/** The commands of packages: linked as npm links them, with each npm; npm is started where more is to be done, or a link cannot be made. */

import assert from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inventoryOf } from "#internal/npm/accounting.js";
import { linkCommands } from "#internal/npm/commands.js";
import { TarError } from "#internal/npm/tar.js";
import { temporary } from "../store/folder.js";
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
  ["several commands, one of them without a file", [tool("tool", { bin: { one: "index.js", two: "lib/two.js", three: "missing.js" } }, { "lib/two.js": "#!/usr/bin/env node\n" })], true],
  ["paths that would lead out", [tool("tool", { bin: { one: "../../index.js", two: "/index.js" } })], false],
  ["names that would lead out", [tool("tool", { bin: { "../../one": "index.js", "a/b": "index.js", "@c/d": "index.js" } })], true],
  ["a path with a slash behind it", [tool("tool", { bin: { one: "index.js/" } })], true],
  ["a command that is called `__proto__`", [tool("tool", { bin: JSON.parse('{"__proto__":"index.js"}') as unknown })], true],
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

/** The `package.json` of a package that is left to npm, and its other files. */
const ODD: readonly (readonly [string, Readonly<Record<string, unknown>>, ...(readonly string[])])[] = [
  ["a path with a slash behind it", { bin: { one: "index.js/" } }],
  ["a path in a package below it", { bin: { one: "node_modules/other/index.js" } }],
  ["a path in other letters", { bin: { one: "INDEX.js" } }],
  ["a path that is none", { bin: { one: "index.js\0" } }],
  ["no command where a folder has some", { bin: "", directories: { bin: "lib" } }, "lib/two.js"],
  ["no commands where a folder has some", { bin: {}, directories: { bin: "lib" } }, "lib/two.js"],
  ["two names that become one", { bin: { "a/x": "lib/two.js", x: "index.js" } }, "lib/two.js"],
  ["a name that no file can have", { bin: { "x\0y": "index.js" } }],
  ["a name that is too long for a file", { bin: { ["ä".repeat(128)]: "index.js" } }],
  ["a name that disappears", { bin: JSON.parse('{"__proto__":"index.js"}') as unknown }],
  ["a file where links are made", { bin: "index.js" }, "node_modules/.bin/one"],
  ["a file where links are made for others", { bin: "index.js" }, "node_modules/other/node_modules/.BIN/one"],
];

/** The files of a package with this `package.json`. */
function filesWith(manifest: string, more: readonly string[] = []): ReadonlyMap<string, Uint8Array> {
  return new Map([["package.json", Buffer.from(manifest)], ...["index.js", ...more].map((path) => [path, Buffer.from("")] as const)]);
}

for (const [name, fields, ...more] of ODD) {
  test(`leaves to npm: ${name}`, () => {
    const manifest = JSON.stringify({ name: "tool", version: "1.0.0", ...fields });
    assert.equal(inventoryOf(filesWith(manifest, more)).commands, undefined);
  });
}

test("links what has the longest name that a file can have", () => {
  const name = "x".repeat(255);
  const manifest = JSON.stringify({ name: "tool", version: "1.0.0", bin: { [name]: "index.js" } });
  assert.deepEqual([...(inventoryOf(filesWith(manifest)).commands ?? [])], [[name, "index.js"]]);
});

test("reads a package.json behind one byte order mark, and behind no second one", () => {
  const manifest = '{"name":"tool","version":"1.0.0","bin":"index.js"}';
  assert.deepEqual([...(inventoryOf(filesWith(`\ufeff${manifest}`)).commands ?? [])], [["tool", "index.js"]]);
  assert.throws(() => inventoryOf(filesWith(`\ufeff\ufeff${manifest}`)), TarError);
});

test("leaves no link where one of them cannot be made", async (context) => {
  const folder = await temporary(context);
  const [base, bin] = [join(folder, "node_modules"), join(folder, "node_modules/.bin")];
  mkdirSync(join(base, "tool"), { recursive: true });
  mkdirSync(bin);
  writeFileSync(join(base, "tool/index.js"), "");
  writeFileSync(join(bin, "taken"), "a file");
  const links = (...names: readonly string[]): ReadonlyMap<string, string> => {
    return new Map(names.map((name) => [`node_modules/.bin/${name}`, "node_modules/tool/index.js"]));
  };
  for (const name of ["taken", "x\0y", "x".repeat(300)]) {
    assert.equal(linkCommands(folder, links("one", name)), false);
    assert.deepEqual(readdirSync(bin), ["taken"]);
  }
  assert.equal(readFileSync(join(bin, "taken"), "utf8"), "a file");
  assert.equal(linkCommands(folder, links("one")), true);
  assert.equal(readlinkSync(join(bin, "one")), "../tool/index.js");
});

withEachNpm("installs what npm installs: a package that brings along a file in the place of a link", async (desk, context) => {
  const bundled = { "node_modules/.bin/foo": "brought along", "node_modules/c/package.json": '{"name":"c","version":"1.0.0"}' };
  const bundler = tool("a", { dependencies: { b: "1.0.0", c: "1.0.0" }, bundleDependencies: ["c"] }, bundled);
  const command = tool("b", { bin: { foo: "index.js" } });
  const registry = await PlainRegistry.serving([bundler, command]);
  context.after(() => registry.stop());
  const own = { name: "project", version: "1.0.0", dependencies: { a: "1.0.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  desk.writeLock({
    "": own,
    "node_modules/a": { version: "1.0.0", ...pinned(bundler), ...bundler.fields },
    "node_modules/a/node_modules/b": { version: "1.0.0", ...pinned(command), ...command.fields },
    "node_modules/a/node_modules/c": { version: "1.0.0", inBundle: true },
  });
  (await desk.npm(["ci", `--registry=${registry.url}`])).endsWith(0);
  const expected = installed(desk);
  desk.remove("project/node_modules");
  desk.trust(new Published([bundler, command]));
  (await desk.tuf(["ci"])).endsWith(0);
  assert.deepEqual(installed(desk), expected);
  assert.ok(lstatSync(desk.path("project/node_modules/a/node_modules/.bin/foo")).isSymbolicLink());
});

withEachNpm("installs what npm installs: a command that is a file of a package below", async (desk, context) => {
  const asker = tool("tool", { bin: { x: "node_modules/d/index.js" }, dependencies: { d: "1.0.0" } });
  const other = tool("d", {});
  const registry = await PlainRegistry.serving([asker, other]);
  context.after(() => registry.stop());
  const own = { name: "project", version: "1.0.0", dependencies: { tool: "1.0.0" } };
  desk.write("project/package.json", JSON.stringify(own));
  desk.writeLock({
    "": own,
    "node_modules/tool": { version: "1.0.0", ...pinned(asker), ...asker.fields },
    "node_modules/tool/node_modules/d": { version: "1.0.0", ...pinned(other) },
  });
  (await desk.npm(["ci", `--registry=${registry.url}`])).endsWith(0);
  const expected = installed(desk);
  desk.remove("project/node_modules");
  desk.trust(new Published([asker, other]));
  (await desk.tuf(["ci"])).endsWith(0);
  assert.deepEqual(installed(desk), expected);
  assert.ok(desk.has("project/node_modules/.bin/x"));
});

for (const [name, command] of [["that no file can have", "x\0y"], ["that is too long for a file", "x".repeat(300)]] as const) {
  withEachNpm(`leaves out an optional package that has a command with a name ${name}`, async (desk) => {
    const packages = [tool("odd", { bin: { [command]: "index.js" } }), tool("other", { bin: "index.js" })];
    desk.trust(new Published(packages));
    desk.project(packages, (one) => ({ ...pinned(one), ...(one.name === "odd" ? { optional: true } : {}) }));
    const own = { name: "project", version: "1.0.0", dependencies: { other: "1.0.0" }, optionalDependencies: { odd: "1.0.0" } };
    desk.write("project/package.json", JSON.stringify(own));
    const run = (await desk.tuf(["ci"])).endsWith(0);
    assert.ok(run.stderr.includes("node_modules/odd is optional and cannot be built"), run.stderr);
    assert.ok(existsSync(desk.path("project/node_modules/.bin/other")), "the other command is linked");
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
