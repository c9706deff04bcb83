/** The archive of a bundle, honest and hostile. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { BundleError, BundleSource, MemoryStore, SourceError, Updater } from "tuf-verifier";
import { nativeProgram } from "../native.js";
import { fails } from "../refused.js";
import { DAY, Repository } from "../repository.js";
import { skip } from "../skip.js";
import { temporary } from "../store/folder.js";
import { archive, entry, record } from "./archive.js";
import { text } from "./fetching.js";

const run = promisify(execFile);

/** Opens these bytes in memory, behind a `Blob` and in a file; gives the last one. */
async function opened(context: TestContext, bytes: Uint8Array): Promise<BundleSource> {
  await BundleSource.open(bytes);
  await BundleSource.open(new Blob([new Uint8Array(bytes)]));
  return BundleSource.open(await written(context, bytes));
}

/** Why these bytes are no bundle, in memory and in a file. */
async function defect(context: TestContext, bytes: Uint8Array): Promise<string> {
  const error = await fails(BundleSource.open(bytes), BundleError, "bundle-malformed");
  const path = await written(context, bytes);
  const same = await fails(BundleSource.open(path, { name: "the bundle" }), BundleError, "bundle-malformed");
  assert.equal(same.message, error.message);
  assert.deepEqual(await readdir(dirname(path)), ["bundle.tar"], "something was extracted");
  assert.ok(error.message.startsWith("the bundle is no bundle: "), error.message);
  return error.message.slice("the bundle is no bundle: ".length);
}

async function written(context: TestContext, bytes: Uint8Array): Promise<string> {
  const path = join(await temporary(context), "bundle.tar");
  await writeFile(path, bytes);
  return path;
}

async function metadata(source: BundleSource, name: string, maxLength = 100): Promise<string | undefined> {
  const bytes = await source.metadata(name, maxLength);
  return bytes && Buffer.from(bytes).toString();
}

async function target(source: BundleSource, fetchPath: string): Promise<string | undefined> {
  const stream = await source.target(fetchPath, { offset: 0, length: 1_000_000 });
  return stream && text(stream.bytes);
}

test("serves what is in it", async (context) => {
  const bytes = archive(entry("metadata/1.root.json", "{}"), entry("targets/a/b", "content"), entry("targets/empty"));
  const source = await opened(context, bytes);
  assert.ok(source.isBundle);
  assert.equal(await metadata(source, "1.root.json"), "{}");
  assert.equal(await metadata(source, "2.root.json"), undefined);
  assert.equal(await metadata(source, "a/b"), undefined, "targets are no metadata");
  assert.equal(await target(source, "a/b"), "content");
  assert.equal(await target(source, "empty"), "");
  assert.equal(await target(source, "1.root.json"), undefined, "metadata is no target");
  assert.equal(await target(source, "a"), undefined);
  for (const name of ["__proto__", "constructor"]) {
    assert.equal(await target(source, name), undefined);
  }
});

test("is called what its file is called", async () => {
  const bytes = archive(entry("metadata/a.json", "{}"));
  assert.equal((await BundleSource.open(bytes)).location, "the bundle");
  assert.equal((await BundleSource.open(new File([new Uint8Array(bytes)], "manual.tar"))).location, "manual.tar");
  assert.equal((await BundleSource.open(bytes, { name: "x" })).location, "x");
  await assert.rejects(BundleSource.open({} as Blob), TypeError);
});

test("reads one byte more than allowed and no further", async (context) => {
  const source = await opened(context, archive(entry("metadata/long.json", "0123456789")));
  assert.equal(await metadata(source, "long.json", 3), "0123");
  assert.equal(await metadata(source, "long.json", Number.MAX_SAFE_INTEGER), "0123456789");
});

test("begins where a transfer broke off", async (context) => {
  const source = await opened(context, archive(entry("targets/a", "0123456789")));
  for (const [offset, start, expected] of [
    [0, 0, "0123456789"],
    [4, 4, "456789"],
    [10, 10, ""],
    [11, 0, "0123456789"],
  ] as const) {
    const stream = await source.target("a", { offset, length: 10 });
    assert.deepEqual([stream?.start, await text(stream?.bytes ?? assert.fail())], [start, expected]);
  }
});

test("reads files that are longer than what it reads at once", async (context) => {
  const long = "0123456789abcdef".repeat(20_000);
  const source = await opened(context, archive(entry("metadata/a.json", long), entry("targets/b", long)));
  assert.equal(await metadata(source, "a.json", 1_000_000), long);
  assert.equal(await target(source, "b"), long);
});

test("looks names up as in a published folder", async (context) => {
  const entries = [entry("targets/a b", "blank"), entry("targets/..%2Frole", "as it is"), entry("targets/a%20c", "escape")];
  const source = await opened(context, archive(...entries));
  assert.equal(await target(source, "a%20b"), "blank");
  assert.equal(await target(source, "..%2Frole"), "as it is");
  assert.equal(await target(source, "a%2520c"), "escape");
  for (const name of ["../a", "/a", "a//b", "%2e%2e/a", "a b", "a%2"]) {
    await fails(target(source, name), SourceError, "source-name");
    await fails(metadata(source, name), SourceError, "source-name");
  }
});

test("takes long names", async (context) => {
  const long = `targets/${"x".repeat(300)}`;
  const entries = [
    entry("././@LongLink", `${long}1\0`, { type: "L" }),
    entry("targets/cut", "gnu"),
    entry("pax", record("mtime", "1.5") + record("path", `${long}2`), { type: "x" }),
    entry("targets/cut", "posix"),
    entry("pax", record("comment", "of all"), { type: "g" }),
    entry("y", "ustar", { magic: "ustar\x0000", prefix: `targets/${"p".repeat(100)}` }),
    entry("././@LongLink", "targets/folder\0", { type: "L" }),
    entry("targets/cut", "", { type: "5" }),
    entry("targets/old", "old", { type: "\0" }),
  ];
  const source = await opened(context, archive(...entries));
  assert.equal(await target(source, `${"x".repeat(300)}1`), "gnu");
  assert.equal(await target(source, `${"x".repeat(300)}2`), "posix");
  assert.equal(await target(source, `${"p".repeat(100)}/y`), "ustar");
  assert.equal(await target(source, "old"), "old");
  assert.equal(await target(source, "cut"), undefined);
});

test("rejects extended headers that belong to nothing or change a length", async (context) => {
  const path = (name: string): Buffer => entry("pax", record("path", `targets/${name}`), { type: "x" });
  const cases = [
    [[path("a")], "a name at its end belongs to no file"],
    [[path("a"), path("b"), entry("targets/c")], "two names belong to one file"],
    [
      [entry("pax", record("size", "1"), { type: "x" }), entry("targets/c", "cc")],
      "an extended header changes the length of a file",
    ],
    [[entry("pax", record("GNU.sparse.major", "1"), { type: "x" }), entry("targets/c")], "it has a sparse file"],
    [[entry("pax", "x".repeat(65_537), { type: "x" })], "an extended header is too long"],
    [[entry("pax", "99 path=targets/a\n", { type: "x" })], "an extended header is malformed"],
    [[entry("pax", "path=targets/a\n", { type: "x" })], "an extended header is malformed"],
    [[entry("pax", "5 abc\n", { type: "x" })], "an extended header is malformed"],
    [[entry("pax", "0 a=b\n", { type: "x" })], "an extended header is malformed"],
  ] as const;
  for (const [entries, reason] of cases) {
    assert.equal(await defect(context, archive(...entries)), reason);
  }
});

test("rejects what is no regular file", async (context) => {
  for (const type of ["1", "2", "3", "4", "6", "7", "S", "K", "D", "M", "V"]) {
    const bytes = archive(entry("targets/a", "a"), entry("targets/b", "", { type }));
    assert.equal(await defect(context, bytes), `"targets/b" is no regular file (type "${type}")`);
  }
});

test("rejects names that lead elsewhere", async (context) => {
  const elsewhere = "its name could lead elsewhere";
  const outside = "it is beneath neither metadata/ nor targets/";
  for (const [name, reason] of [
    ["../metadata/a", elsewhere],
    ["/metadata/a", elsewhere],
    ["metadata/../../a", elsewhere],
    ["metadata//a", elsewhere],
    ["metadata/a/", elsewhere],
    ["metadata/./a", elsewhere],
    ["targets/a\\b", elsewhere],
    ["././targets/a", elsewhere],
    ["", elsewhere],
    ["root.json", outside],
    ["metadatax/a", outside],
    ["Metadata/a", outside],
  ] as const) {
    assert.equal(await defect(context, archive(entry(name, "a"))), `${JSON.stringify(name)}: ${reason}`);
  }
  const nul = entry("pax", record("path", "targets/a\0b"), { type: "x" });
  assert.equal(await defect(context, archive(nul, entry("targets/a"))), `"targets/a\\u0000b": ${elsewhere}`);
  const noText = entry(Buffer.from("targets/\xff", "latin1"));
  assert.equal(await defect(context, archive(noText)), '"targets/\ufffd": its name is no UTF-8');
  const long = entry("pax", record("path", `targets/${"x".repeat(4089)}`), { type: "x" });
  assert.ok((await defect(context, archive(long, entry("targets/a")))).endsWith(": its name is too long"));
});

test("rejects a name that occurs twice", async (context) => {
  const entries = [entry("targets/a", "one"), entry("targets/b"), entry("./targets/a", "other")];
  assert.equal(await defect(context, archive(...entries)), '"./targets/a": it is there twice');
});

test("rejects an archive that was cut off", async (context) => {
  const whole = archive(entry("metadata/1.root.json", "{}"), entry("targets/long", "7".repeat(600)));
  await opened(context, whole);
  for (let length = 0; length < whole.length; length += 128) {
    assert.ok(["its end is not there", "it is cut off"].includes(await defect(context, whole.subarray(0, length))));
  }
  assert.equal(await defect(context, whole.subarray(0, whole.length - 512)), "its end is not there");
  const goesOn = Buffer.concat([entry("targets/a"), Buffer.alloc(512), entry("targets/b"), Buffer.alloc(1024)]);
  assert.equal(await defect(context, goesOn), "its end is not there");
});

test("rejects headers that are no headers", async (context) => {
  const spoiled = archive(entry("targets/a", "a"));
  spoiled[0] = (spoiled[0] ?? 0) ^ 1;
  assert.equal(await defect(context, spoiled), "the checksum of a header is not that of the header");
  assert.equal(await defect(context, Buffer.alloc(4096, "x")), "the checksum in a header is no number");
  assert.equal(await defect(context, Buffer.from("PK\x03\x04 something else")), "its end is not there");
  assert.equal(await defect(context, Buffer.alloc(0)), "its end is not there");
});

test("rejects lengths that no file has", async (context) => {
  for (const [size, reason] of [
    [513, "its end is not there"],
    [1025, "it is cut off"],
    [2 ** 40, "it is cut off"],
    [2n ** 53n - 1n, "it is cut off"],
    [2n ** 64n - 1n, "the length in a header is too large"],
  ] as const) {
    assert.equal(await defect(context, archive(entry("targets/a", "", { size }))), reason, String(size));
  }
  // A negative number, in the form for large ones.
  const negative = entry("targets/a", "", { size: 2n ** 64n - 1n });
  negative[124] = 0xff;
  negative.write("        ", 148);
  negative.write(`${negative.subarray(0, 512).reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `, 148);
  assert.equal(await defect(context, archive(negative)), "the length in a header is too large");
});

test("rejects more entries than allowed", async () => {
  const bytes = archive(entry("targets/", "", { type: "5" }), entry("targets/a"), entry("targets/b"));
  await BundleSource.open(bytes, { mostEntries: 3 });
  const error = await fails(BundleSource.open(bytes, { mostEntries: 2 }), BundleError, "bundle-malformed");
  assert.equal(error.message, "the bundle is no bundle: it has more than 2 entries");
});

test("rejects files that cannot be read", async (context) => {
  const folder = await temporary(context);
  await run("mkfifo", [join(folder, "pipe")]);
  for (const path of [join(folder, "absent"), folder, join(folder, "pipe")]) {
    const error = await fails(BundleSource.open(path), BundleError, "bundle-unreadable");
    assert.equal(error.message, `cannot read the bundle ${path}`);
  }
});

test("a bundle that became shorter is no verdict", async (context) => {
  const path = await written(context, archive(entry("metadata/a.json", "{}"), entry("targets/a", "content")));
  const source = await BundleSource.open(path);
  await truncate(path, 600);
  assert.equal(await metadata(source, "a.json"), "{}");
  await fails(target(source, "a"), SourceError, "source-unreadable");
});

test("opens what tar makes of a published folder", async (context) => {
  const published = await temporary(context);
  const long = "a long/name/".repeat(20);
  for (const [name, content] of [
    ["metadata/1.root.json", "{}"],
    [`targets/${long}x`, "long"],
    ["targets/ä b", "short"],
  ] as const) {
    await mkdir(dirname(join(published, name)), { recursive: true });
    await writeFile(join(published, name), content);
  }
  for (const format of ["gnu", "posix"]) {
    for (const what of [["."], ["metadata", "targets"]]) {
      const path = join(await temporary(context), "bundle.tar");
      try {
        await run("tar", [`--format=${format}`, "-cf", path, ...what], { cwd: published });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") {
          return skip(context, "there is no program tar");
        }
        throw error;
      }
      const source = await BundleSource.open(path);
      assert.equal(await target(source, "%C3%A4%20b"), "short", `${format} ${what}`);
      assert.equal(await target(source, `${long.replaceAll(" ", "%20")}x`), "long", `${format} ${what}`);
    }
  }
});

test("verifies a bundle that the native host made", async (context) => {
  const program = await nativeProgram(context, "tuf-bundle");
  if (program === undefined) {
    return;
  }
  const repository = new Repository();
  repository.expires = new Date(Date.now() + DAY);
  const path = `docs/${"long/".repeat(50)}manual.txt`;
  repository.add(path, "read me");
  repository.publishRoot();
  repository.publish();
  const folder = await temporary(context);
  for (const [below, files] of [["metadata", repository.metadata], ["targets", repository.targets]] as const) {
    for (const [name, bytes] of files) {
      await mkdir(dirname(join(folder, below, name)), { recursive: true });
      await writeFile(join(folder, below, name), bytes);
    }
  }
  const places = ["--metadata", "metadata", "--targets", "targets", "--trusted-root", "metadata/1.root.json"];
  await run(program, ["create", ...places, "--output", "whole.tar", path], { cwd: folder });
  const bundle = await BundleSource.open(join(folder, "whole.tar"));
  const updater = new Updater({ trustedRoot: repository.trustedRoot, sources: [bundle], store: new MemoryStore() });
  const found = await updater.getTargetInfo(path);
  assert.ok(found);
  assert.equal(Buffer.from(await updater.readTarget(found)).toString(), "read me");
  assert.deepEqual(
    updater.report?.waived.map(({ code, why }) => `${code}: ${why.tag}`),
    ["newer-root: bundle", "newer-timestamp: bundle"],
  );
});
