/** What a lock file says of signed packages: which claims are true, and what is said of the others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { sourceOf } from "#internal/npm/dependencies.js";
import { Desk, pinned } from "./world/desk.js";
import type { Package } from "./world/package.js";
import { Published } from "./world/published.js";

const PLAIN: Package = { name: "plain", version: "1.0.0", word: "" };
const OTHER: Package = { name: "other", version: "1.0.0", word: "" };
const ASKER: Package = {
  name: "asker",
  version: "1.0.0",
  word: "",
  dependencies: { plain: "^1.0.0" },
  fields: { os: ["!none"], engines: { node: ">=1" }, optionalDependencies: { missing: "1" }, peerDependencies: { peer: "1" } },
};
const ALIASER: Package = { name: "aliaser", version: "1.0.0", word: "", dependencies: { plain: "npm:other@^1.0.0" } };
const SIGNED = [PLAIN, OTHER, ASKER, ALIASER];

type Claims = Readonly<Record<string, unknown>>;

function entry(one: Package, more: Claims = {}): Claims {
  return { version: one.version, dependencies: one.dependencies, ...one.fields, ...pinned(one), ...more };
}

const AS_OTHER = entry(OTHER, { name: "other" });

/** What the project says, what the lock file says, and what comes of it: nothing, or the words about the first entry. */
const CASES: readonly (readonly [string, Claims, Claims, string | undefined])[] = [
  ["what is signed", { dependencies: { asker: "1" } }, { asker: entry(ASKER), plain: entry(PLAIN) }, undefined],
  [
    "an alias of the project, which a package finds too",
    { dependencies: { asker: "1", plain: "npm:other@1" } },
    { asker: entry(ASKER), plain: AS_OTHER },
    undefined,
  ],
  [
    "an override of the project",
    { dependencies: { asker: "1" }, overrides: { asker: { "plain@1": "npm:other@1" } } },
    { asker: entry(ASKER), plain: AS_OTHER },
    undefined,
  ],
  [
    "an override that refers to the project",
    { dependencies: { asker: "1", other: "1" }, overrides: { plain: "$other" } },
    { asker: entry(ASKER), plain: entry(PLAIN), other: entry(OTHER) },
    undefined,
  ],
  ["an alias of a signed package", { dependencies: { aliaser: "1" } }, { aliaser: entry(ALIASER), plain: AS_OTHER }, undefined],
  ["less of a platform", { dependencies: { asker: "1" } }, { asker: entry(ASKER, { os: undefined }), plain: entry(PLAIN) }, undefined],
  ["one text for a list", { dependencies: { asker: "1" } }, { asker: entry(ASKER, { os: "!none" }), plain: entry(PLAIN) }, undefined],
  [
    "an alias of a package where the project asks for the package itself",
    { dependencies: { aliaser: "1", plain: "1" } },
    { plain: AS_OTHER, aliaser: entry(ALIASER) },
    "it is other, and plain is asked for",
  ],
  [
    "a package where an alias of another one is asked for",
    { dependencies: { aliaser: "1" } },
    { plain: entry(PLAIN), aliaser: entry(ALIASER) },
    "it is plain, and other is asked for",
  ],
  ["other engines", { dependencies: { asker: "1" } }, { asker: entry(ASKER, { engines: { node: "<1" } }), plain: entry(PLAIN) }, "other `engines`"],
  ["another peer", { dependencies: { asker: "1" } }, { asker: entry(ASKER, { peerDependencies: {} }), plain: entry(PLAIN) }, "other `dependencies`"],
  [
    "an optional peer that is needed",
    { dependencies: { asker: "1" } },
    { asker: entry(ASKER, { peerDependenciesMeta: { peer: { optional: true } } }), plain: entry(PLAIN) },
    "other `dependencies`",
  ],
  ["more that is accepted", { dependencies: { plain: "1" } }, { plain: entry(PLAIN, { acceptDependencies: { x: "*" } }) }, "other `acceptDependencies`"],
  ["a bundle", { dependencies: { asker: "1" } }, { asker: entry(ASKER, { bundleDependencies: ["plain"] }) }, "other `bundleDependencies`"],
  ["node-gyp", { dependencies: { plain: "1" } }, { plain: entry(PLAIN, { gypfile: true }) }, "the lock file has `gypfile`"],
  ["a dependency without an entry", { dependencies: { asker: "1" } }, { asker: entry(ASKER) }, "its dependency plain has no entry"],
];

for (const [name, own, entries, words] of CASES) {
  test(`${words === undefined ? "accepts" : "rejects"} ${name}`, async (context) => {
    const desk = new Desk(context);
    desk.trust(new Published(SIGNED));
    desk.write("project/package.json", JSON.stringify({ name: "project", ...own }));
    desk.writeLock(Object.fromEntries(Object.entries(entries).map(([at, value]) => [`node_modules/${at}`, value])));
    const run = await desk.tuf(["verify-lock"]);
    if (words === undefined) {
      run.endsWith(0);
    } else {
      assert.ok(run.stdout.includes(words), `${run.stdout}\n${run.stderr}`);
      assert.notEqual(run.status, 0);
    }
  });
}

/** Folders, how the project declares them, and whether they belong to it. */
const FOLDERS: readonly (readonly [Claims, string, boolean])[] = [
  [{ workspaces: ["packages/*"] }, "packages/w", true],
  [{ workspaces: { packages: ["./packages/w/"] } }, "packages/w", true],
  [{ workspaces: ["packages/**"] }, "packages/deep/er/w", true],
  [{ workspaces: ["{apps,packages}/w"] }, "packages/w", true],
  [{ dependencies: { w: "file:./tools/w" } }, "tools/w", true],
  [{ workspaces: ["packages/*"] }, "packages/deep/w", false],
  [{ workspaces: ["packages/*", "!packages/w"] }, "packages/w", false],
  [{ workspaces: ["packages.*"] }, "packagesx", false],
  [{ dependencies: { w: "1" } }, "tools/w", false],
  [{ dependencies: { w: "file:tools/w.tgz" } }, "tools/w", false],
];

for (const [own, folder, isOwn] of FOLDERS) {
  test(`${isOwn ? "accepts" : "rejects"} the folder ${folder} by ${JSON.stringify(own)}`, async (context) => {
    const desk = new Desk(context);
    desk.trust(new Published(SIGNED));
    desk.write("project/package.json", JSON.stringify({ name: "project", ...own }));
    desk.write(`project/${folder}/package.json`, '{"name":"w","version":"1.0.0"}');
    desk.writeLock({
      "node_modules/plain": entry(PLAIN),
      "node_modules/w": { resolved: folder, link: true },
      [folder]: { version: "1.0.0" },
    });
    (await desk.tuf(["verify-lock"])).endsWith(isOwn ? 0 : 1);
  });
}

/** What a dependency says, and where npm would look. */
const SPECS: Readonly<Record<string, string>> = {
  "^1.0.0": "registry x",
  "": "registry x",
  ">=1 <2 || 3.x": "registry x",
  latest: "registry x",
  "npm:@s/y@^1": "registry @s/y",
  "npm:y": "registry y",
  "file:../y": "folder ../y",
  "./y/": "folder y",
  "npm:y@github:a/b": "elsewhere",
  "npm:../y": "elsewhere",
  "a/b": "elsewhere",
  "github:a/b": "elsewhere",
  "git+ssh://git@h.example/a.git": "elsewhere",
  "git@h.example:a/b": "elsewhere",
  "https://h.example/y.tgz": "elsewhere",
  "y.tgz": "elsewhere",
  ".y": "elsewhere",
  "~/y": "elsewhere",
  "/y": "elsewhere",
  "C:y": "elsewhere",
  "..\\y": "elsewhere",
  "file:y.tar.gz": "elsewhere",
  "file:///y": "elsewhere",
  "workspace:*": "elsewhere",
};

for (const [spec, expected] of Object.entries(SPECS)) {
  test(`takes ${JSON.stringify(spec)} for ${expected}`, () => {
    const source = sourceOf({ name: "x", spec, kind: "required" });
    const found = source.tag === "registry" ? ` ${source.name}` : source.tag === "folder" ? ` ${source.path}` : "";
    assert.equal(`${source.tag}${found}`, expected);
  });
}

test("takes no name that leads elsewhere", () => {
  for (const name of ["../x", ".x", "a/b", "@s/a/b", ""]) {
    assert.equal(sourceOf({ name, spec: "1.0.0", kind: "required" }).tag, "elsewhere");
  }
});
