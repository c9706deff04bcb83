import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClientError,
  Malformed,
  MemoryStore,
  Missing,
  type Progress,
  Refusal,
  SourceError,
  type Store,
  Updater,
  type UpdaterOptions,
} from "tuf-verifier";
import { NOW, newKey, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";

const PATH = "bin/app";
const CONTENT = Buffer.from("the program ".repeat(500));
const PAGE = Buffer.from("<html>");

function repositoryWithTarget(): Repository {
  const repository = new Repository();
  repository.add(PATH, CONTENT);
  repository.publish();
  return repository;
}

const repository = repositoryWithTarget();

function updater(mirrors: readonly RepositorySource[], store: Store = new MemoryStore(), more: UpdaterOptions = {}): Updater {
  return new Updater({ trustedRoot: repository.trustedRoot, sources: mirrors, store, referenceTime: NOW, ...more });
}

async function downloads(mirrors: readonly RepositorySource[]): Promise<void> {
  const client = updater(mirrors);
  const target = await client.getTargetInfo(PATH);
  assert.ok(target);
  assert.deepEqual(await client.readTarget(target), new Uint8Array(CONTENT));
}

function good(): RepositorySource {
  return new RepositorySource(repository);
}

function unreachable(): RepositorySource {
  const source = good();
  for (const name of [...repository.metadata.keys(), ...repository.targets.keys(), "2.root.json"]) {
    source.failures.set(name, new SourceError("cannot reach it", "source-unreachable"));
  }
  return source;
}

function changed(change: (source: RepositorySource) => void): RepositorySource {
  const source = good();
  change(source);
  return source;
}

function withTargetBytes(bytes: Uint8Array): RepositorySource {
  return changed(({ targetFiles }) => [...targetFiles.keys()].forEach((path) => targetFiles.set(path, bytes)));
}

/** A timestamp that another key has signed. */
function forgedTimestamp(): Uint8Array {
  const forger = repositoryWithTarget();
  forger.keys.timestamp = newKey();
  forger.publishTimestamp();
  return forger.file("timestamp.json");
}

/** Mirrors that each do one thing wrong to every refresh or download. */
const BAD: readonly (readonly [string, () => RepositorySource])[] = [
  ["unreachable", unreachable],
  ["forging the timestamp", () => changed((source) => source.metadataFiles.set("timestamp.json", forgedTimestamp()))],
  ["forging a newer root", () => changed((source) => source.metadataFiles.set("2.root.json", repository.trustedRoot))],
  ["withholding the timestamp", () => changed((source) => source.metadataFiles.delete("timestamp.json"))],
  ["withholding the snapshot", () => changed((source) => source.metadataFiles.delete("2.snapshot.json"))],
  ["withholding the targets", () => changed((source) => source.metadataFiles.delete("2.targets.json"))],
  [
    "mixing in old targets",
    () => changed((source) => source.metadataFiles.set("2.targets.json", repository.file("1.targets.json"))),
  ],
  ["no metadata", () => changed((source) => source.metadataFiles.set("timestamp.json", PAGE))],
  ["endless", () => changed((source) => source.metadataFiles.set("timestamp.json", Buffer.alloc(1_000_000, " ")))],
  ["other target bytes", () => withTargetBytes(Buffer.alloc(CONTENT.length, "x"))],
  ["endless target bytes", () => withTargetBytes(Buffer.alloc(1_000_000, "x"))],
  ["target bytes that are cut off", () => withTargetBytes(CONTENT.subarray(0, 10))],
  ["without target files", () => changed((source) => source.targetFiles.clear())],
];

for (const [what, bad] of BAD) {
  test(`recovers from a bad mirror: ${what}`, async () => {
    await downloads([bad(), good()]);
    await downloads([good(), bad()]);
  });
}

test("recovers from many bad mirrors", async () => {
  await downloads([...BAD.map(([, bad]) => bad()), good()]);
});

test("asks a mirror that failed last", async () => {
  const [bad, other] = [unreachable(), good()];
  const client = updater([bad, other]);
  const target = await client.getTargetInfo(PATH);
  assert.ok(target);
  await client.readTarget(target);
  assert.deepEqual(bad.asked, ["2.root.json"]);
});

test("asks a mirror that lacks a file last", async () => {
  const [lacking, other] = [changed((source) => source.metadataFiles.delete("timestamp.json")), good()];
  await updater([lacking, other]).refresh();
  assert.deepEqual(lacking.asked, ["2.root.json", "timestamp.json"]);
});

test("asks once where each mirror was asked for the same", async () => {
  const source = changed(({ metadataFiles }) => metadataFiles.delete("timestamp.json"));
  await fails(updater([source, source]).refresh(), Missing, "missing-metadata");
  assert.equal(source.asked.filter((name) => name === "timestamp.json").length, 2);
});

test("still asks a mirror that failed", async () => {
  await downloads([
    changed((source) => source.metadataFiles.delete("timestamp.json")),
    changed((source) => source.metadataFiles.delete("2.targets.json")),
  ]);
});

test("asks every mirror for a newer root", async () => {
  const ahead = repositoryWithTarget();
  const behind = new RepositorySource(ahead);
  ahead.publishRoot();
  const sources = [behind, new RepositorySource(ahead)];
  const client = new Updater({ trustedRoot: ahead.trustedRoot, sources, referenceTime: NOW });
  await client.refresh();
  assert.equal(client.report?.root.version, 2n);
});

test("a mirror that serves old metadata is refused once newer is trusted", async () => {
  const moving = repositoryWithTarget();
  const stale = new RepositorySource(moving);
  moving.publish();
  const [current, store] = [new RepositorySource(moving), new MemoryStore()];
  const client = (...sources: RepositorySource[]): Updater =>
    new Updater({ trustedRoot: moving.trustedRoot, sources, store, referenceTime: NOW });
  await client(current).refresh();
  await client(stale, current).refresh();
  const error = await fails(client(stale, stale).refresh(), Refusal, "rollback");
  assert.deepEqual(error.attack.val, { role: "timestamp", subject: "timestamp", trusted: 3n, offered: 2n });
});

test("gives up once each mirror has led", async () => {
  const bad = changed((source) => source.metadataFiles.delete("2.snapshot.json"));
  await fails(updater([bad, bad, bad]).refresh(), Missing, "missing-metadata");
  assert.equal(bad.asked.filter((name) => name === "2.snapshot.json").length, 9);
});

test("reports what kept every mirror from an answer", async () => {
  await fails(updater([unreachable(), unreachable()]).refresh(), SourceError, "source-unreachable");
});

test("reports a refusal rather than a network error", async () => {
  const noMetadata = (): RepositorySource => changed((source) => source.metadataFiles.set("timestamp.json", PAGE));
  await fails(updater([unreachable(), noMetadata()]).refresh(), Malformed, "malformed-json");
  await fails(updater([noMetadata(), unreachable()]).refresh(), Malformed, "malformed-json");
});

test("reports a network error rather than a missing file", async () => {
  const lacking = (): RepositorySource => changed((source) => source.metadataFiles.delete("timestamp.json"));
  await fails(updater([unreachable(), lacking()]).refresh(), SourceError, "source-unreachable");
  await fails(updater([lacking(), unreachable()]).refresh(), SourceError, "source-unreachable");
});

test("reports wrong bytes rather than that another mirror has none", async () => {
  const [wrong, empty] = [withTargetBytes(Buffer.from("other")), changed((source) => source.targetFiles.clear())];
  const reads = async (...mirrors: RepositorySource[]): Promise<void> => {
    const client = updater(mirrors);
    const target = await client.getTargetInfo(PATH);
    assert.ok(target);
    await client.readTarget(target);
  };
  await fails(reads(empty, wrong), Refusal, "wrong-software");
  await fails(reads(empty, empty), ClientError, "missing-target");
});

test("progress tells which mirror failed", async () => {
  const events: string[] = [];
  const onProgress = (progress: Progress): void => {
    if (progress.tag === "failed") events.push(`${progress.mirror}: ${progress.name}: ${progress.code}`);
    if (progress.tag === "verified") events.push(`${progress.mirror}: ${progress.name}`);
  };
  const forging = changed((source) => source.metadataFiles.set("timestamp.json", PAGE));
  await updater([unreachable(), forging, good()], new MemoryStore(), { onProgress }).refresh();
  assert.deepEqual(events, [
    "mirror 1: 2.root.json: source-unreachable",
    "mirror 2: timestamp.json: malformed-json",
    "mirror 3: timestamp.json",
    "mirror 3: 2.snapshot.json",
    "mirror 3: 2.targets.json",
  ]);
});

/** What a caller without types may hand out. */
const NO_BYTES = "no bytes" as unknown as Uint8Array;

test("a source that hands out anything but bytes has failed", async () => {
  for (const nothing of [NO_BYTES, null as unknown as Uint8Array, [1, 2] as unknown as Uint8Array]) {
    const wrong = good();
    wrong.metadata = async () => nothing;
    await assert.rejects(updater([wrong]).refresh(), TypeError);
    await downloads([wrong, good()]);
  }
  const wrong = good();
  wrong.target = async () => ({ start: 0, bytes: [NO_BYTES, new Uint16Array(1) as unknown as Uint8Array] as never });
  await assert.rejects(downloads([wrong]), { name: "TypeError", message: "each chunk of a target is a Uint8Array" });
});

test("a store that hands out anything but bytes has failed", async () => {
  const store = new MemoryStore();
  store.load = async () => NO_BYTES;
  await assert.rejects(updater([good()], store).refresh(), TypeError);
});
