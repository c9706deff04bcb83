/** What lies in `node_modules`, against the verified tarballs: every file, and nothing besides. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { test } from "node:test";
import { type HandedOut, type Installed, inventoryOf, readInstalled, Unaccounted } from "#internal/npm/accounting.js";
import { checkDependencies } from "#internal/npm/completeness.js";
import { Project } from "#internal/npm/project.js";
import { buildPlan, optionalSet } from "#internal/npm/scripts.js";
import { filesOfTarball } from "#internal/npm/tar.js";
import { Desk } from "./world/desk.js";
import { type Package, tarball } from "./world/package.js";
import { GREET, WORDS } from "./world/words.js";

const INNER = {
  "node_modules/inner/package.json": '{"name":"inner","version":"1.0.0"}',
  "node_modules/inner/index.js": "",
  "node_modules/loose.js": "",
};
const CARRIER: Package = { name: "carrier", version: "1.0.0", word: "carried", dependencies: { inner: "*" }, files: INNER };
const PACKAGES: Readonly<Record<string, Package>> = {
  "node_modules/words": WORDS,
  "node_modules/@scope/greet": GREET,
  "node_modules/carrier": CARRIER,
};
const OWN = { name: "project", dependencies: { words: "1.1.0", "@scope/greet": "2.0.0", carrier: "1.0.0" } };

/** Installs packages as npm would, in a project with a folder `w`. */
async function install(desk: Desk, packages = PACKAGES, own: object = OWN): Promise<void> {
  desk.write("project/package.json", JSON.stringify({ ...own, workspaces: ["w"] }));
  desk.write("project/w/package.json", '{"name":"w"}');
  for (const [location, one] of Object.entries(packages)) {
    for (const [path, bytes] of await filesOfTarball(tarball(one))) {
      desk.write(`project/${location}/${path}`, bytes);
    }
  }
}

function handedOut(packages: Iterable<Package> = Object.values(PACKAGES)): readonly HandedOut[] {
  const locations = [...Object.keys(PACKAGES), ...["tool", "native", "binding"].map((name) => `node_modules/${name}`)];
  return [...packages].map((one) => ({ name: one.name, locations, isExpected: true, inventory: async () => inventoryOf(await filesOfTarball(tarball(one))) }));
}

async function read(desk: Desk, given = handedOut()): Promise<{ readonly installed: Installed; readonly project: Project }> {
  const project = await Project.read(desk.path("project"), ["w"]);
  const installed = await readInstalled(project, given);
  checkDependencies(installed, project, [...project.folders.keys()]);
  return { installed, project };
}

function refuses(desk: Desk, message: string, given = handedOut()): Promise<void> {
  return assert.rejects(read(desk, given), (error) => {
    assert.ok(error instanceof Unaccounted, String(error));
    assert.ok(error.message.includes(message), error.message);
    return true;
  });
}

test("accepts what was handed out, what came along with it, and folders of the project", async (context) => {
  const desk = new Desk(context);
  await install(desk);
  symlinkSync("../w", desk.path("project/node_modules/w"));
  const { installed } = await read(desk);
  assert.deepEqual([...installed.packages.keys()].sort(), [
    "node_modules/@scope/greet",
    "node_modules/carrier",
    "node_modules/carrier/node_modules/inner",
    "node_modules/words",
  ]);
  assert.deepEqual([...installed.links], [["node_modules/w", "w"]]);
});

/** What may have been done to an installation, and a part of what is said. */
const CHANGES: readonly (readonly [string, (desk: Desk) => void, string])[] = [
  ["another file", (desk) => desk.write("project/node_modules/words/more.js", ""), "node_modules/words has other files"],
  ["other bytes", (desk) => desk.write("project/node_modules/words/index.js", "x"), "node_modules/words has other files"],
  ["a file that is missing", (desk) => desk.remove("project/node_modules/words/index.js"), "node_modules/words has other files"],
  ["another package", (desk) => desk.write("project/node_modules/evil/package.json", "{}"), "node_modules/evil has other files"],
  ["one inside of another", (desk) => desk.write("project/node_modules/words/node_modules/evil/package.json", "{}"), "evil has other files"],
  ["one in a bundle", (desk) => desk.write("project/node_modules/carrier/node_modules/evil/package.json", "{}"), "evil has other files"],
  ["other bytes in a bundle", (desk) => desk.write("project/node_modules/carrier/node_modules/inner/index.js", "x"), "inner has other files"],
  ["a bundle that is missing", (desk) => desk.remove("project/node_modules/carrier/node_modules"), "lacks inner"],
  ["a command", (desk) => desk.write("project/node_modules/.bin/words", ""), "node_modules/.bin is no package"],
  ["hooks", (desk) => desk.write("project/node_modules/.hooks/postinstall", ""), "node_modules/.hooks is no package"],
  ["a file among linked packages", (desk) => desk.write("project/node_modules/.store/x/evil.js", ""), "node_modules/.store/x is no package"],
  [
    "another linked package",
    (desk) => desk.write("project/node_modules/.store/@scope/x/node_modules/evil/index.js", ""),
    "node_modules/evil has other files",
  ],
  [
    "a link to no package",
    (desk) => {
      mkdirSync(desk.path("project/node_modules/.store/x/node_modules"), { recursive: true });
      symlinkSync(".store/x", desk.path("project/node_modules/evil"));
    },
    "node_modules/evil is a link to node_modules/.store/x, which is no package",
  ],
  ["a file beside the packages", (desk) => desk.write("project/node_modules/words.js", ""), "node_modules/words.js is no package"],
  ["one in a folder of the project", (desk) => desk.write("project/w/node_modules/evil/index.js", ""), "w/node_modules/evil has other files"],
  ["a command in a folder of the project", (desk) => desk.write("project/w/node_modules/.bin/node", ""), "w/node_modules/.bin is no package"],
  ["a hidden folder there", (desk) => desk.write("project/w/node_modules/.prisma/index.js", ""), "w/node_modules/.prisma is no package"],
  ["a list of packages there", (desk) => desk.write("project/w/node_modules/.package-lock.json", ""), ".package-lock.json is no package"],
  ["a hidden folder in a scope there", (desk) => desk.write("project/w/node_modules/@s/.x/index.js", ""), "w/node_modules/@s/.x is no package"],
  [
    "a command in a package",
    (desk) => desk.write("project/node_modules/words/node_modules/.bin/node", ""),
    "node_modules/words/node_modules/.bin is no package",
  ],
  [
    "a list of packages in a package",
    (desk) => desk.write("project/node_modules/words/node_modules/.package-lock.json", "{}"),
    "node_modules/words/node_modules/.package-lock.json is no package",
  ],
  ["a command in a bundle", (desk) => desk.write("project/node_modules/carrier/node_modules/.bin/node", ""), ".bin has other files"],
  ["a folder in the place of npm's list", (desk) => desk.write("project/node_modules/.package-lock.json/x", ""), ".package-lock.json is no package"],
  [
    "a pipe in the place of a file of a bundle",
    (desk) => {
      desk.remove("project/node_modules/carrier/node_modules/loose.js");
      execFileSync("mkfifo", [desk.path("project/node_modules/carrier/node_modules/loose.js")]);
    },
    "node_modules/loose.js is no package",
  ],
  [
    "a link to a folder of the project under another name",
    (desk) => {
      mkdirSync(desk.path("project/w/node_modules"));
      symlinkSync("..", desk.path("project/w/node_modules/words"));
    },
    "w/node_modules/words is a link to w, which the project does not know by this name",
  ],
  ["a package that is left out", (desk) => desk.remove("project/node_modules/words"), "npm has left out words, which the project needs"],
  [
    "a link out of the project",
    (desk) => {
      mkdirSync(desk.path("elsewhere"));
      symlinkSync(desk.path("elsewhere"), desk.path("project/node_modules/evil"));
    },
    "node_modules/evil is a link to",
  ],
  [
    "a link in a package",
    (desk) => symlinkSync("index.js", desk.path("project/node_modules/words/link.js")),
    "node_modules/words/link.js is a link",
  ],
];

for (const [name, change, message] of CHANGES) {
  test(`rejects ${name}`, async (context) => {
    const desk = new Desk(context);
    await install(desk);
    change(desk);
    await refuses(desk, message);
  });
}

test("rejects what was not handed out, though it is a package", async (context) => {
  const desk = new Desk(context);
  await install(desk);
  await refuses(desk, "node_modules/@scope/greet has other files", handedOut([WORDS, CARRIER]));
});

test("rejects a package in the place of another", async (context) => {
  const desk = new Desk(context);
  const other: Package = { ...WORDS, name: "other" };
  await install(desk, { ...PACKAGES, "node_modules/words": other });
  await refuses(desk, "node_modules/words is other, and the project asks for words", handedOut([other, GREET, CARRIER]));
});

test("rejects a package that npm got, at a place where the lock file has another", async (context) => {
  const desk = new Desk(context);
  const older: Package = { ...WORDS, version: "1.0.0" };
  await install(desk, { ...PACKAGES, "node_modules/words": older });
  const given = [...handedOut(), { name: "words", locations: ["node_modules/carrier/node_modules/words"], isExpected: true, inventory: async () => inventoryOf(await filesOfTarball(tarball(older))) }];
  await refuses(desk, "node_modules/words is words, which the lock file has elsewhere", given);
});

test("rejects that npm took away a package that it got", async (context) => {
  const desk = new Desk(context);
  await install(desk);
  const extra: Package = { ...WORDS, name: "extra" };
  const given = [...handedOut(), { name: "extra", locations: ["node_modules/extra"], isExpected: true, inventory: async () => inventoryOf(await filesOfTarball(tarball(extra))) }];
  await refuses(desk, "npm got extra for node_modules/extra, and has not installed it", given);
});

test("accepts a package under the name that an alias or an override gives it", async (context) => {
  const desk = new Desk(context);
  const other: Package = { ...WORDS, name: "other" };
  const packages = { "node_modules/words": other };
  for (const own of [{ dependencies: { words: "npm:other@1" } }, { dependencies: { words: "1" }, overrides: { words: "npm:other@1" } }]) {
    await install(desk, packages, own);
    assert.equal((await read(desk, handedOut([other]))).installed.packages.get("node_modules/words")?.name, "other");
  }
});

test("an empty installation lacks what the project needs", async (context) => {
  const desk = new Desk(context);
  await install(desk, {});
  await refuses(desk, "npm has left out words");
});

test("builds what is needed before what is not, and takes away what cannot do without it", async (context) => {
  const desk = new Desk(context);
  const tool: Package = { name: "tool", version: "1.0.0", word: "", fields: { bin: "index.js" } };
  const native: Package = { name: "native", version: "1.0.0", word: "", fields: { scripts: { install: "x" } } };
  const binding: Package = { name: "binding", version: "1.0.0", word: "", dependencies: { native: "1" } };
  const packages = { "node_modules/tool": tool, "node_modules/native": native, "node_modules/binding": binding };
  await install(desk, packages, { dependencies: { tool: "1" }, optionalDependencies: { binding: "1" } });
  const { installed, project } = await read(desk, handedOut([tool, native, binding]));
  assert.deepEqual(buildPlan(installed, project), { commands: [], required: ["node_modules/tool"], optional: ["node_modules/native"] });
  assert.deepEqual([...optionalSet(installed, "node_modules/native")], ["node_modules/native", "node_modules/binding"]);
});
