/** A repository in folders of this machine. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { FolderSource, SourceError } from "tuf-verifier";
import { fails } from "../refused.js";
import { temporary } from "../store/folder.js";
import { text } from "./fetching.js";

interface Published {
  readonly folder: string;
  readonly source: FolderSource;
}

async function published(context: TestContext, files: Readonly<Record<string, string>>): Promise<Published> {
  const folder = await temporary(context);
  for (const [name, content] of Object.entries({ "metadata/root.json": "{}", "targets/a": "0123456789", ...files })) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return { folder, source: new FolderSource(join(folder, "metadata"), join(folder, "targets")) };
}

async function metadata(source: FolderSource, name: string, maxLength = 100): Promise<string | undefined> {
  const bytes = await source.metadata(name, maxLength);
  return bytes && Buffer.from(bytes).toString();
}

test("reads files", async (context) => {
  const { folder, source } = await published(context, { "targets/b/c": "content" });
  assert.equal(source.location, join(folder, "metadata"));
  assert.equal(await metadata(source, "root.json"), "{}");
  for (const [name, offset, start, expected] of [
    ["b/c", 0, 0, "content"],
    ["a", 4, 4, "456789"],
    ["a", 10, 10, ""],
    ["a", 11, 0, "0123456789"],
  ] as const) {
    const stream = await source.target(name, { offset, length: 10 });
    assert.deepEqual([stream?.start, await text(stream?.bytes ?? assert.fail())], [start, expected]);
  }
});

test("reads a name as a web server would and then as it is", async (context) => {
  const files = { "metadata/a b.json": "decoded", "metadata/..%2Frole.json": "as it is", "metadata/c%20d.json": "escape" };
  const { source } = await published(context, files);
  assert.equal(await metadata(source, "a%20b.json"), "decoded");
  assert.equal(await metadata(source, "..%2Frole.json"), "as it is");
  assert.equal(await metadata(source, "c%20d.json"), "escape");
});

test("stops one byte past the allowed length", async (context) => {
  const { source } = await published(context, { "metadata/long.json": "x".repeat(200_000) });
  assert.equal((await metadata(source, "long.json", 1_000))?.length, 1_001);
  assert.equal((await metadata(source, "long.json", 1_000_000))?.length, 200_000);
});

test("a file that is not there is absent", async (context) => {
  const { source } = await published(context, {});
  for (const name of ["none", "a/below", "x".repeat(300)]) {
    assert.equal(await source.target(name, { offset: 0, length: 1 }), undefined);
    assert.equal(await metadata(source, name), undefined);
  }
});

test("refuses names that lead elsewhere", async (context) => {
  const { folder, source } = await published(context, { secret: "secret" });
  await symlink("../secret", join(folder, "targets/link"));
  await symlink("..", join(folder, "targets/up"));
  await symlink("a", join(folder, "targets/inside"));
  for (const name of ["../secret", "/etc/passwd", "b/../../secret", "%2e%2e/secret"]) {
    await fails(source.target(name, { offset: 0, length: 1 }), SourceError, "source-name");
  }
  assert.equal(await source.target("..%2Fsecret", { offset: 0, length: 1 }), undefined);
  for (const name of ["link", "up/secret", "up/metadata/root.json"]) {
    const error = await fails(source.target(name, { offset: 0, length: 1 }), SourceError, "source-name");
    assert.ok(error.message.endsWith("a symbolic link places it outside of the repository's folder"), error.message);
  }
  const inside = await source.target("inside", { offset: 0, length: 10 });
  assert.equal(await text(inside?.bytes ?? assert.fail()), "0123456789");
});

test("a folder that is not there is no absent file", async (context) => {
  const { folder, source } = await published(context, {});
  await rm(join(folder, "metadata"), { recursive: true });
  const error = await fails(metadata(source, "root.json"), SourceError, "source-unusable");
  assert.equal(error.message, `${join(folder, "metadata")}: this is no folder that can be read`);
});

test("reports what is no file", async (context) => {
  const { folder, source } = await published(context, { "metadata/folder/file": "" });
  await promisify(execFile)("mkfifo", [join(folder, "metadata/pipe")]);
  for (const name of ["folder", "pipe"]) {
    const error = await fails(metadata(source, name), SourceError, "source-unreadable");
    assert.equal((error.cause as Error).message, "this is no regular file");
  }
});
