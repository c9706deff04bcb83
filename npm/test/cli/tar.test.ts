/** Tarballs: what is read of them is what npm extracts, or they are refused. */

import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { filesOfTarball, TarError } from "#internal/npm/tar.js";
import { skip } from "../skip.js";
import { Desk, SOURCES } from "./world/desk.js";
import { tarEntry } from "./world/package.js";

const NPM = join(SOURCES, "test", "cli", "npms", "node_modules", "npm-11");

/** The part of npm's extractor that is used here. */
interface Pacote {
  extract(spec: string, folder: string, options: Readonly<Record<string, unknown>>): Promise<unknown>;
}

const file = (path: string, text: string, kind?: string): Buffer[] => tarEntry(path, Buffer.from(text), kind);
const record = (text: string): string => {
  const length = `${text.length + 4} ${text}\n`.length;
  return `${String(length).padStart(2, "0")} ${text}\n`;
};
const empty = [Buffer.alloc(512)];
const archive = (...parts: readonly Buffer[][]): Buffer => gzipSync(Buffer.concat([...parts.flat(), Buffer.alloc(1024)]));

/** Changes a header, with its sum. */
function altered([header = Buffer.alloc(512), ...rest]: Buffer[], at: number, text: string): Buffer[] {
  const copy = Buffer.from(header);
  copy.write(text, at, "latin1");
  copy.write("        ", 148);
  const sum = copy.reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [copy, ...rest];
}

const FIRST = file("package/package.json", '{"name":"first"}');
const INDEX = file("package/index.js", "index");

/** Archives that npm and this program read alike. */
const PLAIN: readonly (readonly [string, Buffer])[] = [
  ["a package", archive(FIRST, INDEX)],
  ["two files of one name", archive(FIRST, file("package/package.json", '{"name":"last"}'))],
  ["a first folder of another name", archive(file("other/package.json", '{"name":"other"}'))],
  ["a folder before the first folder", archive(file("./package/package.json", '{"name":"inner"}'), FIRST)],
  ["a file in a folder", archive(FIRST, file("package/a/package.json", '{"name":"inner"}'))],
  ["a long name of pax", archive(FIRST, file("pax", record("path=package/long.js"), "x"), file("package/short", "long"))],
  ["a long name of GNU", archive(FIRST, file("././@LongLink", "package/long.js\0", "L"), file("package/short", "long"))],
  ["a comment of git", archive(file("pax_global_header", record("comment=0123"), "g"), FIRST)],
  ["one empty block in the middle", archive(FIRST, empty, INDEX)],
  ["something behind the end", archive(FIRST, empty, empty, INDEX)],
  ["links", archive(FIRST, altered(file("package/link", "", "2"), 157, "/etc/passwd"), altered(file("package/hard", "", "1"), 157, "x"))],
  ["a folder", archive(file("package/a/", "", "5"), FIRST, file("package/b/", "", "0"))],
  ["a contiguous file", archive(FIRST, file("package/c.js", "c", "7"))],
  ["ignored files", archive(FIRST, file("package/.gitignore", "git"))],
  ["ignored files of both kinds", archive(FIRST, file("package/.npmignore", "npm"), file("package/.gitignore", "git"))],
  ["ignored files in the other order", archive(FIRST, file("package/.gitignore", "git"), file("package/.npmignore", "npm"))],
  ["two of git's", archive(FIRST, file("package/.gitignore", "one"), file("package/.gitignore", "two"))],
  ["a prefix", archive(FIRST, altered(file("long.js", "long"), 345, "package/folder"))],
  ["a prefix in an archive of GNU", archive(FIRST, altered(altered(file("package/gnu.js", "gnu"), 257, "ustar  \0"), 345, "1234567"))],
];

for (const [name, bytes] of PLAIN) {
  test(`accepts ${name}, as npm extracts it`, async (context) => {
    if (!existsSync(NPM)) {
      return skip(context, "`cargo xtask setup` has not installed npm 11 yet");
    }
    const desk = new Desk(context);
    desk.write("package.tgz", bytes);
    mkdirSync(desk.path("extracted"));
    const pacote = createRequire(join(NPM, "package.json"))("pacote") as Pacote;
    await pacote.extract(`file:${desk.path("package.tgz")}`, desk.path("extracted"), { cache: desk.path("cache") });
    const names = readdirSync(desk.path("extracted"), { recursive: true, encoding: "utf8" });
    const extracted = names.filter((path) => statSync(desk.path(`extracted/${path}`)).isFile());
    const found = await filesOfTarball(bytes);
    assert.deepEqual(
      Object.fromEntries([...found].map(([path, content]) => [path, Buffer.from(content).toString()])),
      Object.fromEntries(extracted.map((path) => [path, readFileSync(desk.path(`extracted/${path}`), "utf8")])),
    );
  });
}

/** Archives that cannot be read, or that two programs may read in two ways. */
const HOSTILE: readonly (readonly [string, Buffer])[] = [
  ["no archive", Buffer.from("no gzip")],
  ["an archive that ends in a file", gzipSync(FIRST[0] ?? Buffer.alloc(0))],
  ["a length that is no number", archive(altered(FIRST, 124, "not a number"))],
  ["a wrong sum", archive([Buffer.from(FIRST[0] ?? "").fill("x", 0, 7), ...FIRST.slice(1)])],
  ["a path that leaves the package", archive(FIRST, file("package/../../evil.js", "evil"))],
  ["a path with a part of nothing", archive(FIRST, file("package//evil.js", "evil"))],
  ["a path of another system", archive(FIRST, file("package/..\\evil.js", "evil"))],
  ["a folder with content", archive(FIRST, file("package/a", "evil", "5"))],
  ["a file that is a folder by its name", archive(FIRST, file("package/a/", "evil"))],
  ["a file that leads elsewhere", archive(FIRST, altered(file("package/a.js", "evil"), 157, "x"))],
  ["a file without a name", archive(FIRST, file("", "evil"))],
  ["two lengths", archive(file("pax", record("size=9"), "x"), FIRST)],
  ["another kind in an extended header", archive(file("pax", record("type=5"), "x"), FIRST)],
  ["a path for every file", archive(file("pax", record("path=package/x"), "g"), FIRST)],
  ["a malformed extended header", archive(file("pax", "99 path=package/x\n", "x"), FIRST)],
  ["a newline in an extended header", archive(file("pax", record("path=a\nb"), "x"), FIRST)],
  ["a device with content", archive(FIRST, file("package/a", "evil", "4"))],
];

for (const [name, bytes] of HOSTILE) {
  test(`rejects ${name}`, async () => {
    await assert.rejects(filesOfTarball(bytes), TarError);
  });
}
