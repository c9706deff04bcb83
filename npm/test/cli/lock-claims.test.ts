/** What a lock file says of signed packages: which claims are true, and what is said of the others. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { sourceOf } from "#internal/npm/dependencies.js";
import { Desk, pinned } from "./world/desk.js";
import { type Package, tarball } from "./world/package.js";
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
const TOOL: Package = { name: "@s/tool", version: "1.0.0", word: "", fields: { bin: "./index.js" } };
const KIT: Package = { name: "kit", version: "1.0.0", word: "", fields: { directories: { bin: "bin" } }, files: { "bin/cut": "", "bin/.x": "" } };
const BUILT: Package = { name: "built", version: "1.0.0", word: "", files: { "binding.gyp": "" } };
const CARRIER: Package = {
  name: "carrier",
  version: "1.0.0",
  word: "",
  dependencies: { inner: "1" },
  fields: { bundleDependencies: ["inner"] },
  files: { "node_modules/inner/package.json": '{"name":"inner","version":"1.0.0","bin":"i.js"}' },
};
const SIGNED = [PLAIN, OTHER, ASKER, ALIASER, TOOL, KIT, BUILT, CARRIER];

type Claims = Readonly<Record<string, unknown>>;

function entry(one: Package, more: Claims = {}): Claims {
  return { version: one.version, dependencies: one.dependencies, ...one.fields, ...pinned(one), ...more };
}

/** Another digest text for a package. */
function digest(algorithm: string, one: Package): string {
  return `${algorithm}-${createHash(algorithm).update(tarball(one)).digest("base64")}`;
}

/** A project that asks for one package, and its lock file with other claims about it. */
function alone(one: Package, more: Claims): readonly [Claims, Claims] {
  return [{ dependencies: { [one.name]: "1" } }, { [one.name]: entry(one, more) }];
}

/** The same with the package that the carrier brings along. */
function carried(more: Claims): readonly [Claims, Claims] {
  const inner = { version: "1.0.0", inBundle: true, ...more };
  return [{ dependencies: { carrier: "1" } }, { carrier: entry(CARRIER), "carrier/node_modules/inner": inner }];
}

const GOOD = digest("sha512", PLAIN);

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
  ["no command of a package that has one", ...alone(TOOL, { bin: undefined }), undefined],
  ["a command in npm's own form", ...alone(TOOL, { bin: { tool: "index.js" } }), undefined],
  ["a command of a folder of commands", ...alone(KIT, { directories: undefined, bin: { cut: "bin/cut" } }), undefined],
  ["another command", ...alone(TOOL, { bin: { tool: "index.js", node: "index.js" } }), "other `bin`"],
  ["another file of a command", ...alone(TOOL, { bin: { tool: "package.json" } }), "other `bin`"],
  ["a file of a command outside of the package", ...alone(TOOL, { bin: { tool: "../../../index.mjs" } }), "other `bin`"],
  ["a command that is a path", ...alone(TOOL, { bin: { "../../sh": "index.js" } }), "other `bin`"],
  ["a command of a package without one", ...alone(PLAIN, { bin: "index.js" }), "other `bin`"],
  ["a hidden file of a folder of commands", ...alone(KIT, { directories: undefined, bin: { ".x": "bin/.x" } }), "other `bin`"],
  ["a command of a bundled package", ...carried({ bin: { inner: "i.js" } }), undefined],
  ["another command of a bundled package", ...carried({ bin: { inner: "i.js", sh: "i.js" } }), "other `bin`"],
  ["a script that runs, of a package that is built", ...alone(BUILT, { hasInstallScript: true }), undefined],
  ["a script of a package without one", ...alone(PLAIN, { hasInstallScript: true }), "other `hasInstallScript`"],
  ["a script of a bundled package without one", ...carried({ hasInstallScript: true }), "other `hasInstallScript`"],
  ["a member that npm never writes", ...alone(KIT, {}), "the lock file has `directories`"],
  ["another such member", ...alone(PLAIN, { man: ["../../x.1"] }), "the lock file has `man`"],
  ["a needed package that is called extraneous", ...alone(PLAIN, { extraneous: true }), "the lock file has `extraneous`"],
  ["a needed package that is called inert", ...alone(PLAIN, { ideallyInert: true }), "the lock file has `ideallyInert`"],
  ["a weaker digest beside the right one", ...alone(PLAIN, { integrity: `${digest("sha1", PLAIN)} ${GOOD}` }), undefined],
  ["a false weaker digest beside the right one", ...alone(PLAIN, { integrity: `${GOOD} ${digest("sha1", OTHER)}` }), "another sha1 digest"],
  ["a false digest that is not the strongest", ...alone(PLAIN, { integrity: `${digest("sha384", OTHER)} ${GOOD}` }), "another sha384 digest"],
  ["a false weak digest alone", ...alone(PLAIN, { integrity: digest("sha1", OTHER) }), "another sha1 digest"],
  ["a weak digest alone", ...alone(PLAIN, { integrity: digest("sha1", PLAIN) }), "the lock file has no SHA-512 for it"],
  ["a digest that nobody can check", ...alone(PLAIN, { integrity: `${GOOD} md5-AAAA` }), "a part that cannot be read"],
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
