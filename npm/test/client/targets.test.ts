import assert from "node:assert/strict";
import { test } from "node:test";
import { ClientError, MemoryStore, Misuse, Refusal, TargetFile, TargetNotFound, Updater } from "tuf-verifier";
import { NOW, newKey, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

const PATH = "bin/app";
const CONTENT = Buffer.from("the program");

function published(): Repository {
  const repository = new Repository();
  repository.delegations.push({ name: "team", paths: ["team/*"], key: newKey() });
  repository.add(PATH, CONTENT);
  repository.add("team/tool", "a tool", "team");
  repository.publish();
  return repository;
}

const repository = published();

function updater(source = new RepositorySource(repository)): Updater {
  return new Updater({ trustedRoot: repository.trustedRoot, sources: [source], referenceTime: NOW });
}

test("describes a target", async () => {
  const target = await updater().getTargetInfo(PATH);
  assert.ok(target instanceof TargetFile);
  const { path, length, hashes, custom, customText, role, waived } = target;
  assert.deepEqual(
    { path, length, custom, customText, role, waived },
    { path: PATH, length: CONTENT.length, custom: {}, customText: undefined, role: "targets", waived: [] },
  );
  assert.match(hashes["sha256"] ?? "", /^[0-9a-f]{64}$/);
});

test("searches delegated roles", async () => {
  const client = updater();
  const target = await client.getTargetInfo("team/tool");
  assert.equal(target?.role, "team");
  assert.deepEqual(await client.readTarget(target), new Uint8Array(Buffer.from("a tool")));
});

test("says why there is no target", async () => {
  const client = updater();
  assert.equal(await client.getTargetInfo("absent"), undefined);
  const advice = "check the path; the publisher of the repository decides what is in it";
  const [code, message] = ["absent", "no trusted role lists it"];
  assert.deepEqual(await client.search("absent"), { tag: "not-found", val: { code, message, advice, reason: { tag: "absent" } } });
  const { trustedRoot } = repository;
  const sources = [new RepositorySource(repository)];
  const settings = { maxDelegations: 0 };
  const spent = new Updater({ trustedRoot, sources, referenceTime: NOW, settings });
  const { val } = await spent.search("team/tool");
  assert.deepEqual("reason" in val && val.reason, { tag: "budget-spent", val: 0 });
});

test("a path that could leave the base URL is misuse", async () => {
  const error = await fails(updater().getTargetInfo("../secret"), Misuse, "unsafe-path");
  assert.match(error.message, /\.\.\/secret/);
});

test("searches side by side", async () => {
  const client = updater();
  const paths = [PATH, "team/tool", "absent", PATH, "team/tool", "team/absent"];
  const found = await Promise.all(paths.map((path) => client.getTargetInfo(path)));
  assert.deepEqual(found.map((target) => target?.role), ["targets", "team", undefined, "targets", "team", undefined]);
  const read = await Promise.all(found.flatMap((target) => (target ? [client.readTarget(target)] : [])));
  assert.deepEqual(read.map((bytes) => Buffer.from(bytes).toString()), ["the program", "a tool", "the program", "a tool"]);
});

test("refuses other bytes", async () => {
  const source = new RepositorySource(repository);
  for (const path of source.targetFiles.keys()) source.targetFiles.set(path, Buffer.from("the progrxm"));
  const client = updater(source);
  const target = await client.getTargetInfo(PATH);
  assert.ok(target);
  const error = await fails(client.readTarget(target), Refusal, "wrong-software");
  assert.deepEqual(error.attack.val, { path: PATH, mismatch: { tag: "digest", val: "sha256" } });
});

test("verifies bytes that came from elsewhere", async () => {
  const client = updater();
  assert.equal((await client.verify(PATH, CONTENT)).path, PATH);
  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    yield CONTENT.subarray(0, 3);
    yield CONTENT.subarray(3);
  }
  await client.verify(PATH, pieces());
  await client.verify(PATH, new Blob([CONTENT]).stream());
  const short = await fails(client.verify(PATH, CONTENT.subarray(1)), Refusal, "wrong-software");
  assert.deepEqual(short.attack.val, {
    path: PATH,
    mismatch: { tag: "length", val: { listed: 11n, offered: 10n } },
  });
  await fails(client.verify(PATH, Buffer.from("the progrxm")), Refusal, "wrong-software");
  const long = await fails(client.verify(PATH, Buffer.concat([CONTENT, CONTENT])), Refusal, "endless-data");
  assert.deepEqual(long.attack.val, { name: PATH, limit: 11n, listed: undefined, setting: undefined });
});

test("reads no endless stream to its end", async () => {
  let chunks = 0;
  async function* endless(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      chunks += 1;
      yield CONTENT;
    }
  }
  await fails(updater().verify(PATH, endless()), Refusal, "endless-data");
  assert.equal(chunks, 2);
});

test("bytes of a target that is not there are not verified", async () => {
  const error = await fails(updater().verify("absent", CONTENT), TargetNotFound, "absent");
  assert.equal(error.message, "there is no target absent: no trusted role lists it");
});

test("a target of another session is foreign", async () => {
  const other = new Repository();
  other.add(PATH, "another program");
  other.publish();
  const sources = [new RepositorySource(other)];
  const foreign = await new Updater({ trustedRoot: other.trustedRoot, sources, referenceTime: NOW }).getTargetInfo(PATH);
  assert.ok(foreign);
  await fails(updater().readTarget(foreign), ClientError, "foreign-target");
  const same = await updater().getTargetInfo(PATH);
  assert.ok(same);
  await updater().readTarget(same);
});

test("a target that is put together by hand is none", async () => {
  const target = await updater().getTargetInfo(PATH);
  const copy = { ...target } as TargetFile;
  await assert.rejects(updater().readTarget(copy), TypeError);
});

test("who is offline reads what the store has, and no targets", async () => {
  const store = new MemoryStore();
  const { trustedRoot } = repository;
  const sources = [new RepositorySource(repository)];
  const online = new Updater({ trustedRoot, store, sources, referenceTime: NOW });
  assert.ok(await online.getTargetInfo("team/tool"));
  const offline = new Updater({ trustedRoot, store, referenceTime: NOW });
  const target = await offline.getTargetInfo("team/tool");
  assert.ok(target);
  await fails(offline.readTarget(target), ClientError, "offline");
  assert.equal((await offline.verify(PATH, CONTENT)).path, PATH);
});
