/** Lock files: what each entry is taken for, and which files are none. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequire } from "node:module";
import { isConflict, LockError, type Origin, parseLock } from "#internal/npm/lock.js";
import { withEachNpm } from "./world/npms.js";

const SHA = `sha512-${"A".repeat(86)}==`;

function lock(packages: unknown, lockfileVersion: unknown = 3): string {
  return JSON.stringify({ lockfileVersion, packages });
}

function origins(packages: Readonly<Record<string, unknown>>): Readonly<Record<string, Origin>> {
  const { entries } = parseLock(lock({ "": { name: "project" }, ...packages }));
  return Object.fromEntries(entries.map(({ location, origin }) => [location, origin]));
}

/** What a lock file says of one package, and what it is taken for. */
const CASES: readonly (readonly [string, string, unknown, string])[] = [
  ["a package of the registry", "node_modules/a", { version: "1.0.0", integrity: SHA }, "tarball a@1.0.0"],
  ["a scoped one", "node_modules/@s/a", { version: "1.0.0" }, "tarball @s/a@1.0.0"],
  ["one inside of another", "node_modules/a/node_modules/b", { version: "2.0.0-rc.1" }, "tarball b@2.0.0-rc.1"],
  ["one of a workspace", "packages/w/node_modules/b", { version: "2.0.0" }, "tarball b@2.0.0"],
  ["an alias", "node_modules/a", { name: "real", version: "1.0.0" }, "tarball real@1.0.0"],
  ["a capital", "node_modules/JSONStream", { version: "1.3.5" }, "tarball JSONStream@1.3.5"],
  ["any web address", "node_modules/a", { version: "1.0.0", resolved: "https://h.example/x.tgz" }, "tarball a@1.0.0"],
  ["a workspace", "packages/w", { version: "1.0.0" }, "own"],
  ["a link to it", "node_modules/w", { link: true, resolved: "packages/w" }, "own"],
  ["a link out of the project", "node_modules/w", { link: true, resolved: "../w" }, "folder"],
  ["a link to a whole path", "node_modules/w", { link: true, resolved: "/w" }, "folder"],
  ["a link to nothing", "node_modules/w", { link: true }, "folder"],
  ["a folder out of the project", "../w", { version: "1.0.0" }, "folder"],
  ["a folder of another drive", "D:/w", { version: "1.0.0" }, "folder"],
  ["git over ssh", "node_modules/a", { version: "1.0.0", resolved: "git+ssh://git@h.example/a.git#1" }, "git"],
  ["git over https", "node_modules/a", { version: "1.0.0", resolved: "git+https://h.example/a.git#1" }, "git"],
  ["a file", "node_modules/a", { version: "1.0.0", resolved: "file:a.tgz", integrity: SHA }, "file"],
  ["an unknown address", "node_modules/a", { version: "1.0.0", resolved: "ftp://h.example/a" }, "address"],
  ["no version", "node_modules/a", {}, "name"],
  ["a range for a version", "node_modules/a", { version: "^1.0.0" }, "name"],
  ["a name that leaves its folder", "node_modules/a", { name: "../../etc", version: "1.0.0" }, "name"],
  ["a name with a dot first", "node_modules/.a", { version: "1.0.0" }, "name"],
  ["a name with too many parts", "node_modules/a", { name: "@s/a/b", version: "1.0.0" }, "name"],
  ["an escaped name", "node_modules/a", { name: "@s%2fa", version: "1.0.0" }, "name"],
  ["a version that leaves its folder", "node_modules/a", { version: "1.0.0-../../b" }, "name"],
  ["a bundled package of nobody", "node_modules/a", { version: "1.0.0", inBundle: true }, "tarball a@1.0.0"],
  ["a bundled package with an address for a version", "node_modules/a", { version: "git+ssh://h.example/a.git", inBundle: true }, "git"],
  ["a file for a version", "node_modules/a", { version: "file:a.tgz" }, "file"],
  ["a place that leaves the project", "node_modules/../../a", { name: "a", version: "1.0.0" }, "name"],
  ["a place of no package", "node_modules/a/b", { name: "a", version: "1.0.0" }, "name"],
  ["a place with a dot first", "node_modules/.hooks", { name: "a", version: "1.0.0" }, "name"],
  ["a link to a package", "node_modules/w", { link: true, resolved: "node_modules/a" }, "folder"],
  ["a link to the project", "node_modules/w", { link: true, resolved: "." }, "folder"],
  ["one that a folder bundles", "w/node_modules/a", { version: "1.0.0", inBundle: true }, "tarball a@1.0.0"],
];

for (const [name, location, value, expected] of CASES) {
  test(`takes ${name} for ${expected}`, () => {
    const origin = origins({ [location]: value })[location];
    assert.ok(origin !== undefined);
    const found =
      origin.tag === "tarball"
        ? `tarball ${origin.val.name.full}@${origin.val.version}`
        : origin.tag === "uncovered"
          ? origin.val
          : origin.tag;
    assert.equal(found, expected);
  });
}

test("what is bundled comes with the package that is not", () => {
  const found = origins({
    "node_modules/a": { version: "1.0.0" },
    "node_modules/a/node_modules/b": { version: "1.0.0", inBundle: true },
    "node_modules/a/node_modules/b/node_modules/c": { version: "1.0.0", inBundle: true },
  });
  assert.deepEqual(found["node_modules/a/node_modules/b"], { tag: "bundled", val: "node_modules/a" });
  assert.deepEqual(found["node_modules/a/node_modules/b/node_modules/c"], { tag: "bundled", val: "node_modules/a" });
});

test("a bundled package that says where it comes from comes from there", () => {
  for (const more of [{ integrity: SHA }, { resolved: "https://h.example/b.tgz" }]) {
    const found = origins({
      "node_modules/a": { version: "1.0.0" },
      "node_modules/a/node_modules/b": { version: "1.0.0", inBundle: true, ...more },
    });
    assert.equal(found["node_modules/a/node_modules/b"]?.tag, "tarball");
  }
});

/** Texts that are no lock files, and a part of what is said about them. */
const BROKEN: readonly (readonly [string, string])[] = [
  ["", "it is not JSON"],
  ["<<<<<<< HEAD\n{}", "it is not JSON"],
  ["[]", "it is no JSON object"],
  ["{}", "its lockfileVersion is undefined"],
  ['{"a":"<<<<<<<","b":"=======","c":">>>>>>>"}', "it looks like a merge conflict to npm"],
  ["<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other", "it looks like a merge conflict to npm"],
  [lock({}, 1), "its lockfileVersion is 1"],
  [lock({}, 4), "its lockfileVersion is 4"],
  [lock({}, "3"), 'its lockfileVersion is "3"'],
  [lock([]), "`packages` is no JSON object"],
  [lock({ "node_modules/a": 1 }), "the package at node_modules/a is no JSON object"],
  [lock({ "node_modules/a": { version: 1 } }), "version of the package at node_modules/a is no text"],
  [lock({ "node_modules/a": { resolved: true } }), "resolved of the package at node_modules/a is no text"],
  [lock({ "node_modules/a": { version: "1.0.0", integrity: [] } }), "integrity of the package at node_modules/a is no text"],
  [lock({ "node_modules/a": { link: "yes" } }), "link of the package at node_modules/a is neither true nor false"],
  [lock({ "node_modules/a": { version: "1.0.0", resolved: "http://" } }), "has an address that is no URL"],
];

for (const [text, expected] of BROKEN) {
  test(`refuses ${JSON.stringify(text.slice(0, 70))}`, () => {
    assert.throws(() => parseLock(text), (error) => error instanceof LockError && error.message.includes(expected));
  });
}

/** Texts with marks of merge conflicts in every place and number. */
const MARKED: readonly string[] = ["<", "=", ">", "|"].flatMap((mark) => [
  ...[6, 7, 8, 20].map((count) => mark.repeat(count)),
  ...[6, 7, 8].map((count) => "<<<<<<<=======>>>>>>>".replaceAll(mark, "").padEnd(40) + mark.repeat(count)),
  ...[6, 7].map((count) => ["<", "=", ">"].map((one) => one.repeat(one === mark ? count : 9)).join("\n")),
  ...[6, 7].map((count) => ["<", "=", ">"].map((one) => one.repeat(one === mark ? count : 9)).reverse().join("")),
  `${mark.repeat(4)}\n${mark.repeat(4)}`,
]);

withEachNpm("takes for a merge conflict what npm takes for one", async ({ npmScript = "" }) => {
  const { isDiff } = createRequire(npmScript)("parse-conflict-json") as { readonly isDiff: (text: string) => unknown };
  const found = MARKED.map((text) => isConflict(text));
  assert.deepEqual(found, MARKED.map((text) => Boolean(isDiff(text))));
  assert.deepEqual([...new Set(found)].sort(), [false, true]);
});
