import assert from "node:assert/strict";
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { ClientError, MemoryStore, Refusal, SourceError, type TargetFile, Updater } from "tuf-verifier";
import { NOW, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

const PATH = "bin/app";
const CONTENT = Buffer.from("the program");

const repository = new Repository();
repository.add(PATH, CONTENT);
repository.add("large", Buffer.alloc(3_000_000, "large"));
repository.publish();

interface Download {
  readonly updater: Updater;
  readonly source: RepositorySource;
  readonly folder: string;
  readonly target: TargetFile;
}

async function download(context: TestContext, path = PATH): Promise<Download> {
  const folder = await mkdtemp(join(tmpdir(), "download-"));
  context.after(() => rm(folder, { recursive: true }));
  const source = new RepositorySource(repository);
  const options = { trustedRoot: repository.trustedRoot, sources: [source], referenceTime: NOW, targetDir: folder };
  const updater = new Updater(options);
  const target = await updater.getTargetInfo(path);
  assert.ok(target);
  source.asked.length = 0;
  return { updater, source, folder, target };
}

test("writes a verified file", async (context) => {
  const { updater, folder, target } = await download(context);
  assert.equal(await updater.findCachedTarget(target), undefined);
  const file = await updater.downloadTarget(target);
  assert.equal(file, join(folder, "bin%2Fapp"));
  assert.deepEqual(await readFile(file), CONTENT);
  assert.deepEqual(await readdir(folder), ["bin%2Fapp"]);
  assert.equal(await updater.findCachedTarget(target), file);
});

test("keeps a file that verifies", async (context) => {
  const { updater, source, target } = await download(context);
  await updater.downloadTarget(target);
  await updater.downloadTarget(target);
  assert.equal(source.asked.length, 1);
});

test("replaces a file that does not verify", async (context) => {
  const { updater, folder, target } = await download(context);
  const file = join(folder, "app");
  for (const wrong of ["the progrxm", "short", "much longer than the program"]) {
    await writeFile(file, wrong);
    assert.equal(await updater.findCachedTarget(target, file), undefined);
    assert.equal(await updater.downloadTarget(target, file), file);
    assert.deepEqual(await readFile(file), CONTENT);
  }
});

test("leaves what was there where the bytes are refused", async (context) => {
  const { updater, source, folder, target } = await download(context);
  const file = join(folder, "app");
  await writeFile(file, "as it was");
  for (const path of source.targetFiles.keys()) source.targetFiles.set(path, Buffer.from("the progrxm"));
  await fails(updater.downloadTarget(target, file), Refusal, "wrong-software");
  assert.equal(await readFile(file, "utf8"), "as it was");
  assert.deepEqual(await readdir(folder), ["app"]);
});

test("makes the folder of targets", async (context) => {
  const { source, folder } = await download(context);
  const targetDir = join(folder, "new", "targets");
  const updater = new Updater({ trustedRoot: repository.trustedRoot, sources: [source], referenceTime: NOW, targetDir });
  const target = await updater.getTargetInfo(PATH);
  assert.ok(target);
  assert.deepEqual(await readFile(await updater.downloadTarget(target)), CONTENT);
  assert.equal((await readdir(targetDir)).length, 1);
});

test("a folder that is not there is named", async (context) => {
  const { updater, folder, target } = await download(context);
  const file = join(folder, "nothing", "app");
  const error = await fails(updater.downloadTarget(target, file), ClientError, "output-unwritable");
  assert.equal(error.path, file);
});

test("replaces a symbolic link and leaves what it points to", async (context) => {
  const { updater, folder, target } = await download(context);
  const [file, victim] = [join(folder, "app"), join(folder, "victim")];
  await writeFile(victim, "as it was");
  await symlink(victim, file);
  await updater.downloadTarget(target, file);
  assert.equal(await readFile(victim, "utf8"), "as it was");
  assert.ok((await lstat(file)).isFile());
});

test("downloads side by side", async (context) => {
  const { updater, folder, target } = await download(context);
  const large = await updater.getTargetInfo("large");
  assert.ok(large);
  const files = await Promise.all([target, large, target, large].map((each) => updater.downloadTarget(each)));
  assert.deepEqual(files.map((file) => file.slice(folder.length + 1)), ["bin%2Fapp", "large", "bin%2Fapp", "large"]);
  assert.deepEqual((await readdir(folder)).sort(), ["bin%2Fapp", "large"]);
  assert.equal((await readFile(join(folder, "large"))).length, 3_000_000);
});

test("goes on behind what a failed download has left", async (context) => {
  const { updater, source, folder, target } = await download(context, "large");
  const whole = source.target.bind(source);
  source.target = async (path, resume) => {
    const stream = await whole(path, resume);
    assert.ok(stream);
    return {
      start: 0,
      bytes: (async function* () {
        let sent = 0;
        for await (const chunk of stream.bytes) {
          yield chunk;
          sent += chunk.length;
          if (sent >= 2_000_000) throw new SourceError("it is gone", "source-unreachable");
        }
      })(),
    };
  };
  await fails(updater.downloadTarget(target), SourceError, "source-unreachable");
  assert.match((await readdir(folder)).join(), /^\.tuf-[0-9a-f]{64}\.\w+\.unfinished$/);
  const offsets: number[] = [];
  source.target = (path, resume) => {
    offsets.push(resume.offset);
    return whole(path, resume);
  };
  await updater.downloadTarget(target);
  assert.deepEqual(offsets, [2_000_000]);
  assert.deepEqual(await readdir(folder), ["large"]);
});

test("fetches a target from elsewhere, once and offline too", async (context) => {
  const { updater, source, folder, target } = await download(context);
  const [path, bytes] = [target.fetchPath, CONTENT];
  const server = createServer((request, response) => {
    const isIt = request.url === `/elsewhere/${path}`;
    response.writeHead(isIt ? 200 : 404).end(isIt ? bytes : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/elsewhere/`;
  assert.deepEqual(await readFile(await updater.downloadTarget(target, join(folder, "one"), url)), CONTENT);
  assert.deepEqual(source.asked, []);
  const store = new MemoryStore();
  const options = { trustedRoot: repository.trustedRoot, store, referenceTime: NOW };
  await new Updater({ ...options, sources: [source] }).refresh();
  let locks = 0;
  const lock = store.lock.bind(store);
  store.lock = (...asked) => {
    locks += 1;
    return lock(...asked);
  };
  const offline = new Updater({ ...options, settings: { access: "store" } });
  const found = await offline.getTargetInfo(PATH);
  assert.ok(found);
  assert.deepEqual(await readFile(await offline.downloadTarget(found, join(folder, "two"), url)), CONTENT);
  assert.equal(locks, 2);
  assert.deepEqual(await readFile(await offline.downloadTarget(found, join(folder, "again"), url)), CONTENT);
  assert.equal(locks, 2);
  await fails(offline.downloadTarget(found, join(folder, "three")), ClientError, "offline");
});
