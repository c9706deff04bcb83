/** Which npm is run: none that a project, one of its packages or another user could have put there. */

import assert from "node:assert/strict";
import { chmodSync, lchownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { findNpm } from "#internal/npm/npm-program.js";
import { Desk } from "./world/desk.js";
import { Published } from "./world/published.js";
import { HONEST } from "./world/words.js";

const asOthers = process.geteuid?.() === 0 ? {} : { skip: "only root can act as another user" };

/** A folder with a project in it, and with npms. */
class Machine {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "tuf-npm-")));
  readonly project = this.path("work/project");

  constructor(test: TestContext) {
    test.after(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(this.project, { recursive: true });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Makes an npm at this place, which begins at a folder of the search path. Gives that folder. */
  npm(place: string): string {
    const script = this.path(place);
    mkdirSync(dirname(script), { recursive: true });
    writeFileSync(script, "");
    symlinkSync("npm-cli.js", join(dirname(script), "npm"));
    return dirname(script);
  }

  find(folders: readonly string[], more: Readonly<Record<string, string>> = {}): string {
    return findNpm({ PATH: folders.join(delimiter), ...more }, this.project);
  }
}

/** What may be the first on the search path, and must not be taken. */
const REFUSED: readonly (readonly [string, (machine: Machine) => string])[] = [
  ["in a package of the project", (machine) => machine.npm("work/project/node_modules/npm/bin/npm-cli.js")],
  ["among the commands of the project's packages", (machine) => machine.npm("work/project/node_modules/.bin/npm-cli.js")],
  ["in a package of a folder above the project", (machine) => machine.npm("work/node_modules/npm/bin/npm-cli.js")],
  ["among the commands of any packages", (machine) => machine.npm("else/node_modules/.bin/npm-cli.js")],
  ["in the project", (machine) => machine.npm("work/project/tools/npm-cli.js")],
  [
    "behind a link to a folder of the project",
    (machine) => {
      symlinkSync(machine.npm("work/project/node_modules/npm/bin/npm-cli.js"), machine.path("link"));
      return machine.path("link");
    },
  ],
  [
    "behind a link to a script of the project",
    (machine) => {
      mkdirSync(machine.path("bin"));
      const folder = machine.npm("work/project/node_modules/npm/bin/npm-cli.js");
      symlinkSync(join(folder, "npm-cli.js"), machine.path("bin/npm"));
      return machine.path("bin");
    },
  ],
  [
    "behind a link of the project to another script",
    (machine) => {
      mkdirSync(machine.path("work/project/bin"));
      symlinkSync(join(machine.npm("else/npm-cli.js"), "npm-cli.js"), machine.path("work/project/bin/npm"));
      return machine.path("work/project/bin");
    },
  ],
  [
    "in a folder that everybody can write",
    (machine) => {
      const folder = machine.npm("open/npm-cli.js");
      chmodSync(folder, 0o777);
      return folder;
    },
  ],
  [
    "in a folder in which everybody can make programs",
    (machine) => {
      const folder = machine.npm("shared/npm-cli.js");
      chmodSync(folder, 0o1777);
      return folder;
    },
  ],
  [
    "that everybody can write",
    (machine) => {
      const folder = machine.npm("else/npm-cli.js");
      chmodSync(join(folder, "npm-cli.js"), 0o666);
      return folder;
    },
  ],
];

for (const [where, make] of REFUSED) {
  test(`rejects an npm ${where}`, (context) => {
    const machine = new Machine(context);
    const refused = make(machine);
    const good = machine.npm("good/npm-cli.js");
    const expected = join(good, "npm-cli.js");
    assert.equal(machine.find([refused, good]), expected);
    assert.equal(machine.find([good], { npm_execpath: join(refused, "npm-cli.js") }), expected);
  });
}

test("rejects an npm of another user", asOthers, (context) => {
  for (const part of ["", "npm", "npm-cli.js"]) {
    const machine = new Machine(context);
    const [foreign, good] = [machine.npm("foreign/npm-cli.js"), machine.npm("good/npm-cli.js")];
    lchownSync(join(foreign, part), 4321, 4321);
    assert.equal(machine.find([foreign, good]), join(good, "npm-cli.js"), part);
  }
});

test("rejects relative folders, and an npm that runs at a relative path", (context) => {
  const machine = new Machine(context);
  const good = machine.npm("good/npm-cli.js");
  const before = process.cwd();
  context.after(() => process.chdir(before));
  process.chdir(machine.npm("else/npm-cli.js"));
  assert.equal(machine.find([".", "", good], { npm_execpath: "npm-cli.js" }), join(good, "npm-cli.js"));
});

test("accepts the npm that runs this program, before the first one on the path", (context) => {
  const machine = new Machine(context);
  const running = machine.npm("lib/node_modules/npm/bin/npm-cli.js");
  const good = machine.npm("good/npm-cli.js");
  assert.equal(machine.find([good], { npm_execpath: join(running, "npx-cli.js") }), join(running, "npm-cli.js"));
  assert.equal(machine.find([good, running]), join(good, "npm-cli.js"));
});

test("runs no npm of the project's packages", async (context) => {
  const desk = new Desk(context);
  desk.trust(new Published(HONEST));
  desk.project(HONEST);
  desk.write("project/node_modules/npm/bin/npm-cli.js", `require("fs").writeFileSync(${JSON.stringify(desk.path("owned"))}, "")`);
  symlinkSync("npm-cli.js", desk.path("project/node_modules/npm/bin/npm"));
  const variables = {
    PATH: `${desk.path("project/node_modules/npm/bin")}${delimiter}${process.env["PATH"] ?? ""}`,
    npm_execpath: desk.path("project/node_modules/npm/bin/npx-cli.js"),
  };
  (await desk.tuf(["ci"], variables)).endsWith(0);
  assert.ok(!desk.has("owned"), "the project's npm ran");
  (await desk.tuf(["collect", "-o", "../tree"], { ...variables, npm_config_registry: "http://127.0.0.1:1/" })).endsWith(101);
  assert.ok(!desk.has("owned"), "the project's npm ran");
});
