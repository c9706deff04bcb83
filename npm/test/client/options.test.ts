import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore, Refusal, type Settings, Updater, type UpdaterOptions } from "tuf-verifier";
import { DAY, NOW, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

const repository = new Repository();

function updater(options: UpdaterOptions, source = new RepositorySource(repository)): Updater {
  return new Updater({ trustedRoot: repository.trustedRoot, sources: [source], referenceTime: NOW, ...options });
}

test("an option that is not known is an error", () => {
  const wrong = (options: object) => (): unknown => updater(options);
  assert.throws(wrong({ metadataURL: "x" }), new TypeError("there is no option metadataURL"));
  assert.throws(wrong({ fetcher: {} }), new TypeError("there is no option fetcher: give fetch, or sources"));
});

test("a string is no root metadata", async () => {
  const trustedRoot = Buffer.from(repository.trustedRoot).toString() as unknown as Uint8Array;
  await assert.rejects(async () => updater({ trustedRoot }).refresh(), new TypeError("trustedRoot is a Uint8Array"));
});

test("a time must be valid", async () => {
  for (const referenceTime of [new Date(Number.NaN), 5 as unknown as Date]) {
    await assert.rejects(async () => updater({ referenceTime }).refresh(), TypeError);
  }
});

test("settings are checked", async () => {
  const rejects = async (settings: object, kind: new () => Error): Promise<void> =>
    assert.rejects(async () => updater({ settings: settings as Settings }).refresh(), kind);
  await assert.rejects(
    async () => updater({ settings: { maxRoots: 1 } as Settings }).refresh(),
    new TypeError("there is no setting maxRoots"),
  );
  await rejects({ freshFor: 1.5 }, RangeError);
  await rejects({ rootMaxLength: -1 }, RangeError);
  await rejects({ maxDelegations: 2 ** 32 }, RangeError);
  await rejects({ access: "all" }, TypeError);
  await rejects({ targetsMaxLength: "5" }, TypeError);
});

test("a lone surrogate is no target path", async () => {
  await assert.rejects(updater({}).search("a\ud800b"), new TypeError("path has a lone surrogate"));
});

test("options that contradict each other are an error", () => {
  assert.throws(() => updater({ metadataBaseUrl: "http://127.0.0.1/" }), TypeError);
  assert.throws(() => updater({ store: new MemoryStore(), metadataDir: "x" }), TypeError);
  const [metadataBaseUrl, targetBaseUrl] = [["http://127.0.0.1/1", "http://127.0.0.1/2"], "http://127.0.0.1/t"];
  assert.throws(() => new Updater({ metadataBaseUrl, targetBaseUrl }), TypeError);
});

test("a download without a place is an error", async () => {
  const full = new Repository();
  full.add("a", "a");
  full.publish();
  const sources = [new RepositorySource(full)];
  const client = new Updater({ trustedRoot: full.trustedRoot, sources, referenceTime: NOW });
  const target = await client.getTargetInfo("a");
  assert.ok(target);
  await assert.rejects(client.downloadTarget(target), new TypeError("either filePath or targetDir is given"));
});

test("the config of tuf-js reaches the module", async () => {
  const error = await fails(updater({ config: { timestampMaxLength: 10 } }).refresh(), Refusal, "endless-data");
  assert.equal(error.code, "endless-data");
  const limited = new Repository();
  limited.publishRoot();
  limited.publishRoot();
  const sources = [new RepositorySource(limited)];
  const config = { maxRootRotations: 1 };
  const client = new Updater({ trustedRoot: limited.trustedRoot, sources, referenceTime: NOW, config });
  await client.refresh();
  assert.deepEqual(client.report?.waived.map(({ code }) => code), ["root-limit"]);
  assert.equal(client.report?.root.version, 2n);
});

test("a name that the config of tuf-js does not have is an error", () => {
  const wrong = (config: object) => (): unknown => updater({ config });
  assert.throws(wrong({ maxRoots: 1 }), new TypeError("there is no config.maxRoots"));
  assert.throws(wrong({ toString: 1 }), new TypeError("there is no config.toString"));
  assert.throws(wrong({ prefixTargetsWithHash: false }), TypeError);
  updater({ config: { prefixTargetsWithHash: true, fetchTimeout: 1000, fetchRetry: 1, userAgent: "a program" } });
});

test("a setting wins over the same one in the config of tuf-js", async () => {
  const settings: Settings = { timestampMaxLength: 16_384 };
  await updater({ config: { timestampMaxLength: 10 }, settings }).refresh();
});

test("forceCache asks nobody until something has expired", async () => {
  const store = new MemoryStore();
  const source = new RepositorySource(repository);
  await updater({ forceCache: true, store }, source).refresh();
  assert.equal(source.asked.length, 4);
  const cached = updater({ forceCache: true, store }, source);
  await cached.refresh();
  assert.equal(source.asked.length, 4);
  assert.deepEqual(cached.report?.waived.map(({ code }) => code), ["newer-root", "newer-timestamp"]);
  const referenceTime = new Date(NOW.getTime() + 2 * DAY);
  await fails(updater({ forceCache: true, store, referenceTime }, source).refresh(), Refusal, "freeze");
  assert.deepEqual(source.asked.slice(4), ["2.root.json"]);
});
