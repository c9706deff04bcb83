/** Searches and transfers that are under way at the same time. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStore, SourceError, StoreError, Updater } from "tuf-verifier";
import { NOW, newKey, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

const repository = new Repository();
for (const name of ["one", "two"]) {
  repository.delegations.push({ name, paths: [`${name}/*`], key: newKey() });
  repository.add(`${name}/tool`, `a tool of ${name}`, name);
}
repository.add("large", Buffer.alloc(5_000, "large"));
repository.publish();

/** A mirror that holds back some metadata files until a test lets them go, or the request is broken off. */
class Holding extends RepositorySource {
  readonly #held = new Map<string, Promise<void>>();
  readonly broken: string[] = [];

  /** Holds this file back. What is returned lets it go. */
  hold(name: string): () => void {
    let release = (): void => undefined;
    this.#held.set(name, new Promise((resolve) => (release = resolve)));
    return release;
  }

  override async metadata(name: string, maxLength: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const bytes = await super.metadata(name, maxLength);
    const held = this.#held.get(name);
    if (held !== undefined) {
      const over = new AbortController();
      await Promise.race([held, this.#broken(name, signal, over.signal)]).finally(() => over.abort());
    }
    return bytes;
  }

  #broken(name: string, asked: AbortSignal | undefined, over: AbortSignal): Promise<never> {
    return new Promise((_, reject) => {
      const breakOff = (): void => {
        this.broken.push(name);
        reject(asked?.reason);
      };
      asked?.addEventListener("abort", breakOff, { signal: over });
    });
  }
}

async function refreshed(
  source: RepositorySource,
  store = new MemoryStore(),
  ...others: readonly RepositorySource[]
): Promise<Updater> {
  const sources = [source, ...others];
  const updater = new Updater({ trustedRoot: repository.trustedRoot, sources, store, referenceTime: NOW });
  await updater.refresh();
  for (const { asked } of sources) {
    asked.length = 0;
  }
  return updater;
}

test("no search waits for the files of another", async () => {
  const source = new Holding(repository);
  const updater = await refreshed(source);
  const release = source.hold("1.one.json");
  const waiting = updater.getTargetInfo("one/tool");
  const target = await updater.getTargetInfo("two/tool");
  assert.ok(target);
  assert.deepEqual(Buffer.from(await updater.readTarget(target)).toString(), "a tool of two");
  release();
  assert.equal((await waiting)?.role, "one");
});

test("searches that need the same file ask for it once", async () => {
  const source = new Holding(repository);
  const updater = await refreshed(source);
  const found = await Promise.all(["one/tool", "one/tool", "one/other"].map((path) => updater.getTargetInfo(path)));
  assert.deepEqual(found.map((target) => target?.role), ["one", "one", undefined]);
  assert.deepEqual(source.asked, ["1.one.json"]);
});

test("an aborted search leaves another that needs the same file", async () => {
  const source = new Holding(repository);
  const updater = await refreshed(source);
  const release = source.hold("1.one.json");
  const [controller, reason] = [new AbortController(), new Error("the user went away")];
  const aborted = updater.search("one/tool", { signal: controller.signal });
  const other = updater.search("one/tool");
  await turn();
  controller.abort(reason);
  await assert.rejects(aborted, reason);
  release();
  assert.equal((await other).tag, "found");
  assert.deepEqual(source.broken, []);
});

test("breaks off the requests that nobody waits for", async () => {
  const source = new Holding(repository);
  const updater = await refreshed(source);
  const release = source.hold("1.one.json");
  const [controller, reason] = [new AbortController(), new Error("the user went away")];
  const aborted = updater.search("one/tool", { signal: controller.signal });
  await turn();
  controller.abort(reason);
  await assert.rejects(aborted, reason);
  await turn();
  assert.deepEqual(source.broken, ["1.one.json"]);
  release();
  assert.equal((await updater.search("one/tool")).tag, "found");
});

test("a request that nobody waits for is held against no mirror", async () => {
  for (const isAtOnce of [true, false]) {
    const [source, other] = [new Holding(repository), new RepositorySource(repository)];
    const updater = await refreshed(source, undefined, other);
    const release = source.hold("1.one.json");
    const [controller, reason] = [new AbortController(), new Error("the user went away")];
    const aborted = updater.search("one/tool", { signal: controller.signal });
    await turn();
    controller.abort(reason);
    await assert.rejects(aborted, reason);
    await (isAtOnce ? undefined : turn());
    const next = updater.search("one/tool");
    await turn();
    release();
    assert.equal((await next).tag, "found");
    assert.equal((await updater.search("two/tool")).tag, "found");
    assert.deepEqual(source.asked, ["1.one.json", "1.one.json", "1.two.json"]);
    assert.deepEqual(other.asked, []);
  }
});

test("asks no mirror for what nobody waits for", async () => {
  const [source, store] = [new RepositorySource(repository), new MemoryStore()];
  const updater = await refreshed(source, store);
  const load = store.load.bind(store);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  store.load = (name) => held.then(() => load(name));
  const [controller, reason] = [new AbortController(), new Error("the user went away")];
  const aborted = updater.search("one/tool", { signal: controller.signal });
  await turn();
  controller.abort(reason);
  await assert.rejects(aborted, reason);
  release();
  await turn();
  assert.deepEqual(source.asked, []);
  assert.equal((await updater.search("one/tool")).tag, "found");
  assert.deepEqual(source.asked, ["1.one.json"]);
});

test("what fails one search does not reach another", async () => {
  const source = new RepositorySource(repository);
  const updater = await refreshed(source);
  const defect = new Error("a defect of the source");
  source.failures.set("1.one.json", defect);
  const searches = [updater.search("one/tool"), updater.search("two/tool")] as const;
  await assert.rejects(searches[0], defect);
  assert.equal((await searches[1]).tag, "found");
  source.failures.set("1.one.json", new SourceError("cannot reach it", "source-unreachable"));
  await fails(updater.search("one/tool"), SourceError, "source-unreachable");
  source.failures.clear();
  assert.equal((await updater.search("one/tool")).tag, "found");
});

test("a store that does not work ends a search, and no transfer", async () => {
  const store = new MemoryStore();
  const updater = await refreshed(new RepositorySource(repository), store);
  const large = await updater.getTargetInfo("large");
  assert.ok(large);
  const persist = store.persist.bind(store);
  store.persist = async () => {
    throw new StoreError("cannot write it", "store-unwritable", "one.json");
  };
  const reading = updater.readTarget(large);
  await fails(updater.search("one/tool"), StoreError, "store-unwritable");
  assert.equal((await reading).length, 5_000);
  store.persist = persist;
  store.load = async () => {
    throw new StoreError("cannot read it", "store-unreadable", "two.json");
  };
  await fails(updater.search("two/tool"), StoreError, "store-unreadable");
});

test("a listener that throws ends what is under way, and not the updater", async () => {
  const defect = new Error("a defect of the listener");
  let throws = true;
  const updater = new Updater({
    trustedRoot: repository.trustedRoot,
    sources: [new RepositorySource(repository)],
    referenceTime: NOW,
    onProgress: ({ tag }) => {
      if (tag === "verified" && throws) {
        throw defect;
      }
    },
  });
  await assert.rejects(updater.refresh(), defect);
  throws = false;
  await updater.refresh();
  throws = true;
  await assert.rejects(updater.search("one/tool"), defect);
  throws = false;
  assert.equal((await updater.search("two/tool")).tag, "found");
});

/** Waits until what was begun waits for others. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}
