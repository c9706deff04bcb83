import assert from "node:assert/strict";
import { test } from "node:test";
import {
  MemoryStore,
  Malformed,
  Missing,
  type Progress,
  Refusal,
  type Report,
  SourceError,
  type Store,
  StoreError,
  Updater,
  type UpdaterOptions,
} from "tuf-verifier";
import { DAY, NOW, newKey, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

function updater(repository: Repository, source: RepositorySource, store: Store, more: UpdaterOptions = {}): Updater {
  return new Updater({ trustedRoot: repository.trustedRoot, sources: [source], store, referenceTime: NOW, ...more });
}

test("brings an empty store up to date", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  const client = updater(repository, source, store);
  const before: unknown = client.report;
  assert.equal(before, undefined);
  await client.refresh();
  const report: Report | undefined = client.report;
  assert.equal(report?.root.version, 1n);
  assert.equal(report.timestamp.expires, BigInt((NOW.getTime() + DAY) / 1000));
  assert.deepEqual(source.asked, ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"]);
  for (const name of ["root.json", "timestamp.json", "snapshot.json", "targets.json"]) {
    assert.notEqual(await store.load(name), undefined, name);
  }
});

test("refreshes once", async () => {
  const repository = new Repository();
  const source = new RepositorySource(repository);
  const client = updater(repository, source, new MemoryStore());
  await Promise.all([client.refresh(), client.refresh(), client.getTargetInfo("a"), client.search("b")]);
  await client.refresh();
  assert.equal(source.asked.length, 4);
});

test("fetches only root and timestamp where nothing changed", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  await updater(repository, source, store).refresh();
  source.asked.length = 0;
  const again = updater(repository, source, store);
  await again.refresh();
  assert.deepEqual(source.asked, ["2.root.json", "timestamp.json"]);
  assert.equal(again.report?.timestampUnchanged, true);
});

test("trust begins with the root of the store where none is given", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  const unpinned = { sources: [source], store, referenceTime: NOW };
  const error = await fails(new Updater(unpinned).refresh(), Missing, "not-in-store");
  assert.equal(error.file, "root.json");
  assert.deepEqual(source.asked, []);
  await store.persist("root.json", repository.trustedRoot);
  await new Updater(unpinned).refresh();
});

test("reports a corrupt file of the store and heals it", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  await updater(repository, source, store).refresh();
  await store.persist("snapshot.json", Buffer.from("{"));
  await store.persist("floors/snapshot", Buffer.from("{"));
  const client = updater(repository, source, store);
  await client.refresh();
  assert.deepEqual(
    client.report?.notices.map(({ name, why }) => [name, why.code]),
    [
      ["snapshot.json", "malformed-json"],
      ["floors/snapshot", "malformed-json"],
    ],
  );
  assert.deepEqual(await store.load("snapshot.json"), new Uint8Array(repository.file("1.snapshot.json")));
});

test("a refusal carries code, words and facts", async () => {
  const repository = new Repository();
  const source = new RepositorySource(repository);
  const late = new Date(NOW.getTime() + 2 * DAY);
  const client = updater(repository, source, new MemoryStore(), { referenceTime: late });
  const error = await fails(client.refresh(), Refusal, "freeze");
  const seconds = (time: Date): bigint => BigInt(time.getTime() / 1000);
  assert.equal(error.name, "Refusal");
  assert.equal(
    error.message,
    "freeze attack: root version 1 expired at 2030-01-02T00:00:00Z, the update started at 2030-01-03T00:00:00Z",
  );
  const expires = seconds(repository.expires);
  assert.deepEqual(error.attack, { tag: "freeze", val: { role: "root", version: 1n, expires, now: seconds(late) } });
});

test("settings reach the module", async () => {
  const repository = new Repository();
  const source = new RepositorySource(repository);
  const client = updater(repository, source, new MemoryStore(), { settings: { timestampMaxLength: 10 } });
  const error = await fails(client.refresh(), Refusal, "endless-data");
  const setting = "timestamp-max-length";
  assert.deepEqual(error.attack.val, { name: "timestamp.json", limit: 10n, listed: undefined, setting });
});

test("a bad trusted root is a verdict", async () => {
  const repository = new Repository();
  const trustedRoot = Buffer.from("no root");
  const client = updater(repository, new RepositorySource(repository), new MemoryStore(), { trustedRoot });
  await fails(client.refresh(), Malformed, "malformed-json");
});

test("reads the system's clock", async () => {
  const repository = new Repository();
  repository.expires = new Date(Date.now() + DAY);
  repository.publishRoot();
  repository.publish();
  const client = new Updater({ trustedRoot: repository.trustedRoot, sources: [new RepositorySource(repository)] });
  const before = Math.floor(Date.now() / 1000);
  await client.refresh();
  const now = Number(client.report?.now);
  assert.ok(before <= now && now <= Date.now() / 1000);
});

test("progress tells what is fetched and accepted", async () => {
  const repository = new Repository();
  const events: string[] = [];
  const onProgress = (progress: Progress): void => {
    events.push(`${progress.tag} ${"name" in progress ? progress.name : ""}`);
  };
  const source = new RepositorySource(repository, "memory");
  await updater(repository, source, new MemoryStore(), { onProgress }).refresh();
  assert.deepEqual(events.slice(0, 5), [
    "fetching 2.root.json",
    "absent 2.root.json",
    "fetching timestamp.json",
    "fetched timestamp.json",
    "verified timestamp.json",
  ]);
});

test("waits for another refresh of the same store", async () => {
  const repository = new Repository();
  const store = new MemoryStore();
  const guard = await store.lock(() => assert.fail("nobody else has it"));
  const waiting = resolvers();
  const onProgress = (progress: Progress): void => {
    if (progress.tag === "waiting-for-lock") waiting.resolve();
  };
  const refreshed = updater(repository, new RepositorySource(repository), store, { onProgress }).refresh();
  await waiting.promise;
  await guard.release();
  await refreshed;
});

test("a source without an answer is no verdict", async () => {
  const repository = new Repository();
  const source = new RepositorySource(repository);
  source.failures.set("timestamp.json", new SourceError("cannot reach it", "source-unreachable"));
  const store = new MemoryStore();
  const client = updater(repository, source, store);
  await fails(client.refresh(), SourceError, "source-unreachable");
  source.failures.clear();
  await client.refresh();
});

test("a store that cannot be written is no verdict", async () => {
  const repository = new Repository();
  const store = new MemoryStore();
  store.persist = async () => {
    throw new StoreError("cannot write it", "store-unwritable", "root.json");
  };
  await fails(updater(repository, new RepositorySource(repository), store).refresh(), StoreError, "store-unwritable");
});

test("no change of the store is made after one that failed", async () => {
  const repository = new Repository();
  const store = new MemoryStore();
  await updater(repository, new RepositorySource(repository), store).refresh();
  const old = repository.keys.root;
  repository.keys.root = newKey();
  repository.keys.timestamp = newKey();
  repository.publishRoot([old, repository.keys.root]);
  repository.publish();
  const [persist, forget] = [store.persist.bind(store), store.forget.bind(store)];
  const changes: string[] = [];
  let failing = 0;
  const changed = async (name: string, change: () => Promise<void>): Promise<void> => {
    changes.push(name);
    if (changes.length === failing) {
      throw new StoreError("cannot write it", "store-unwritable", name);
    }
    await change();
  };
  const kept = new Map(await Promise.all(store.names.map(async (name) => [name, await store.load(name)] as const)));
  store.persist = (name, bytes) => changed(name, () => persist(name, bytes));
  store.forget = (name) => changed(name, () => forget(name));
  await updater(repository, new RepositorySource(repository), store).refresh();
  const all = changes.splice(0);
  assert.ok(all.includes("floors/timestamp"), all.join());
  for (failing = 1; failing <= all.length; failing += 1) {
    await Promise.all(store.names.map(forget));
    await Promise.all([...kept].map(([name, bytes]) => persist(name, bytes ?? assert.fail())));
    const client = updater(repository, new RepositorySource(repository), store);
    await fails(client.refresh(), StoreError, "store-unwritable");
    assert.deepEqual(changes.splice(0), all.slice(0, failing));
  }
});

test("an unforeseen error of a source ends the refresh and releases the store", async () => {
  const repository = new Repository();
  const source = new RepositorySource(repository);
  const defect = new Error("a defect of the source");
  source.failures.set("timestamp.json", defect);
  const store = new MemoryStore();
  await assert.rejects(updater(repository, source, store).refresh(), defect);
  await (await store.lock(() => assert.fail("it is still locked"))).release();
});

test("an aborted refresh ends with the signal's reason and can be tried again", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  const controller = new AbortController();
  const reason = new Error("the user went away");
  const onProgress = (progress: Progress): void => {
    if (progress.tag === "verified" && progress.name === "timestamp.json") controller.abort(reason);
  };
  const client = updater(repository, source, store, { onProgress });
  await assert.rejects(client.refresh({ signal: controller.signal }), reason);
  await client.refresh();
  assert.equal(client.report?.snapshot.version, 1n);
});

test("a signal that is aborted while something else is waited for ends the refresh", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  await store.persist("root.json", repository.trustedRoot);
  const [controller, reason] = [new AbortController(), new Error("the user went away")];
  const load = store.load.bind(store);
  store.load = async (name) => {
    controller.abort(reason);
    return load(name);
  };
  const client = new Updater({ sources: [source], store, referenceTime: NOW });
  await assert.rejects(client.refresh({ signal: controller.signal }), reason);
  assert.deepEqual(source.asked, []);
  store.load = load;
  await client.refresh();
});

test("follows a rotation of root", async () => {
  const repository = new Repository();
  const old = repository.keys.root;
  repository.keys.root = newKey();
  repository.publishRoot([old, repository.keys.root]);
  const store = new MemoryStore();
  const client = updater(repository, new RepositorySource(repository), store);
  await client.refresh();
  assert.equal(client.report?.root.version, 2n);
  assert.notEqual(await store.load("root_history/2.root.json"), undefined);
});

test("a root that its predecessor's keys have not signed is refused", async () => {
  const repository = new Repository();
  repository.keys.root = newKey();
  repository.publishRoot();
  const client = updater(repository, new RepositorySource(repository), new MemoryStore());
  const error = await fails(client.refresh(), Refusal, "arbitrary-software");
  assert.deepEqual(error.attack.val, { role: "root", delegator: "root", delegatorVersion: 1n, threshold: 1n, valid: 0n });
});

test("who has no source is offline", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  const { trustedRoot } = repository;
  await fails(new Updater({ trustedRoot, store, referenceTime: NOW }).refresh(), Missing, "not-in-store");
  await updater(repository, source, store).refresh();
  const client = new Updater({ trustedRoot, store, referenceTime: NOW });
  await client.refresh();
  assert.deepEqual(
    client.report?.waived.map(({ code, why }) => [code, why.tag]),
    [
      ["newer-root", "offline"],
      ["newer-timestamp", "offline"],
    ],
  );
});

test("a bundle is reported", async () => {
  const repository = new Repository();
  const client = updater(repository, new RepositorySource(repository, "a bundle", true), new MemoryStore());
  await client.refresh();
  assert.deepEqual(client.report?.waived.map(({ why }) => why.tag), ["bundle", "bundle"]);
});

test("a store that is fresh is used without asking", async () => {
  const repository = new Repository();
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  const more = { settings: { freshFor: 3600 } };
  await updater(repository, source, store, more).refresh();
  source.asked.length = 0;
  const client = updater(repository, source, store, more);
  await client.refresh();
  assert.deepEqual(source.asked, []);
  assert.deepEqual(client.report?.waived.map(({ why }) => why.tag), ["fresh", "fresh"]);
});

function resolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}
