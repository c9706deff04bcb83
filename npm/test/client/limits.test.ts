/** What metadata may cost, and what becomes of a session after a file that cost too much. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  loadVerifier,
  Malformed,
  MemoryStore,
  Misuse,
  Refusal,
  type Resume,
  SandboxError,
  type TargetStream,
  Updater,
} from "tuf-verifier";
import { NOW, newKey, Repository, RepositorySource, type Json } from "../repository.js";
import { fails, throws } from "../refused.js";

const PATH = "bin/app";
const CONTENT = Buffer.from("the bytes of the application");

/** A repository with one target of its own, and one of a team. */
function repository(): Repository {
  const made = new Repository();
  made.delegations.push({ name: "team", paths: ["team/*"], key: newKey() });
  made.add(PATH, CONTENT);
  made.add("team/app", "theirs", "team");
  made.publish();
  return made;
}

/** Changes a published file, which its signature then no longer covers. */
function changed(source: RepositorySource, name: string, change: (signed: Record<string, Json>) => void): void {
  const file = JSON.parse(Buffer.from(source.metadataFiles.get(name) ?? []).toString()) as { signed: Record<string, Json> };
  change(file.signed);
  source.metadataFiles.set(name, Buffer.from(JSON.stringify(file)));
}

test("rejects a root with too many keyids before its signatures", async () => {
  const made = repository();
  made.publishRoot();
  const source = new RepositorySource(made);
  changed(source, "2.root.json", (signed) => {
    const keyids = Array.from({ length: 3000 }, (_, number) => String(number));
    signed["roles"] = { ...(signed["roles"] as { [name: string]: Json }), targets: { keyids, threshold: 1 } };
  });
  const client = new Updater({ trustedRoot: made.trustedRoot, sources: [source], referenceTime: NOW });
  const error = await fails(client.refresh(), Malformed, "too-many-items");
  assert.equal(error.message, "malformed metadata: 2.root.json: more than 256 keyids of one role, a fixed limit");
});

test("rejects a listed length before a byte is fetched", async () => {
  const made = repository();
  const source = new RepositorySource(made);
  const settings = { targetFileMaxLength: 10 };
  const client = new Updater({ trustedRoot: made.trustedRoot, sources: [source], referenceTime: NOW, settings });
  await client.refresh();
  const asked = source.asked.length;
  const error = await fails(client.search(PATH), Refusal, "endless-data");
  assert.deepEqual(error.attack, {
    tag: "endless-data",
    val: { name: PATH, limit: 10n, listed: BigInt(CONTENT.length), setting: "target-file-max-length" },
  });
  assert.equal(source.asked.length, asked);
});

test("rejects a computation past its time", async () => {
  const made = repository();
  const sources = [new RepositorySource(made)];
  const client = new Updater({ trustedRoot: made.trustedRoot, sources, referenceTime: NOW, computation: 0 });
  await fails(client.refresh(), SandboxError, "sandbox-out-of-time");
});

/** Nobody signed it: it breaks the module off before it comes to that. Members are remembered while their object is open. */
function costly(): Uint8Array {
  return Buffer.concat([Buffer.from('{"signed":{'), Buffer.alloc(300_000_000, '"b":0,"a":0,'), Buffer.from('"z":0}}')]);
}

test("recovers from a search that breaks the module off", async () => {
  const made = repository();
  const source = new RepositorySource(made);
  source.metadataFiles.set("1.team.json", costly());
  const [settings, store] = [{ targetsMaxLength: 2 ** 30 }, new MemoryStore()];
  const trustedRoot = made.trustedRoot;
  const client = new Updater({ trustedRoot, sources: [source], store, referenceTime: NOW, settings });
  await client.refresh();
  const before = client.report;
  await fails(client.search("team/app"), SandboxError, "sandbox-trapped");
  source.asked.length = 0;
  const target = await client.getTargetInfo(PATH);
  assert.ok(target);
  assert.deepEqual(await client.readTarget(target), new Uint8Array(CONTENT));
  assert.deepEqual(client.report, before);
  assert.ok(!source.asked.includes("timestamp.json"), "what is stored is not fetched");
});

test("recovers from a mirror that breaks the module off in a refresh", async () => {
  const made = repository();
  const [bad, good] = [new RepositorySource(made), new RepositorySource(made)];
  bad.metadataFiles.set("2.targets.json", costly());
  const settings = { targetsMaxLength: 2 ** 30 };
  const { trustedRoot } = made;
  await new Updater({ trustedRoot, sources: [bad, good], referenceTime: NOW, settings }).refresh();
  assert.deepEqual(bad.asked, ["2.root.json", "timestamp.json", "2.snapshot.json", "2.targets.json", "2.root.json"]);
  const alone = new Updater({ trustedRoot, sources: [bad], referenceTime: NOW, settings });
  await fails(alone.refresh(), SandboxError, "sandbox-trapped");
});

/** A mirror that answers in a later turn, but for one file. */
class Late extends RepositorySource {
  #early: string;

  constructor(made: Repository, early: string) {
    super(made);
    this.#early = early;
  }

  override async metadata(name: string, maxLength: number): Promise<Uint8Array | undefined> {
    await this.#turn(name);
    return super.metadata(name, maxLength);
  }

  override async target(fetchPath: string, resume: Resume): Promise<TargetStream | undefined> {
    await this.#turn(fetchPath);
    return super.target(fetchPath, resume);
  }

  async #turn(name: string): Promise<void> {
    if (name !== this.#early) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

test("a search that breaks the module off keeps nothing else from its end", async () => {
  const made = new Repository();
  for (const name of ["team", "crew"]) {
    made.delegations.push({ name, paths: [`${name}/*`], key: newKey() });
    made.add(`${name}/app`, "theirs", name);
  }
  made.add(PATH, CONTENT);
  made.publish();
  const source = new Late(made, "1.team.json");
  source.metadataFiles.set("1.team.json", costly());
  const settings = { targetsMaxLength: 2 ** 30 };
  const client = new Updater({ trustedRoot: made.trustedRoot, sources: [source], referenceTime: NOW, settings });
  const early = await client.getTargetInfo(PATH);
  assert.ok(early);
  const [broke, target, again, bytes] = await Promise.allSettled([
    client.search("team/app"),
    client.getTargetInfo("crew/app"),
    client.search("team/app"),
    client.readTarget(early),
  ]);
  for (const one of [broke, again]) {
    assert.ok(one.status === "rejected" && one.reason instanceof SandboxError, JSON.stringify(one));
  }
  assert.ok(target.status === "fulfilled" && target.value?.role === "crew", JSON.stringify(target));
  assert.ok(bytes.status === "fulfilled", JSON.stringify(bytes));
  assert.deepEqual(bytes.value, new Uint8Array(CONTENT));
  assert.deepEqual(Buffer.from(await client.readTarget(target.value)).toString(), "theirs");
});

test("rejects one repository under two names", async () => {
  const verifier = await loadVerifier();
  const [one, two] = [new Repository(), new Repository()];
  const mapping = { paths: ["*"], repositories: ["image", "director"], threshold: 2, terminating: true };
  const repositories = { image: ["https://a.example/"], director: ["https://b.example/"] };
  const parse = (named: object): ReturnType<typeof verifier.parseMap> =>
    verifier.parseMap(Buffer.from(JSON.stringify({ repositories: named, mapping: [mapping] })));
  const map = parse(repositories);
  map.pin("image", one.trustedRoot);
  throws(() => map.pin("director", one.trustedRoot), Misuse, "same-root");
  map.pin("director", two.trustedRoot);
  throws(() => parse({ ...repositories, director: ["HTTPS://A.example:443"] }), Malformed, "malformed-metadata");
});
