/** What becomes of the operations that are under way when the module breaks off. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import type { Response } from "#internal/binding.js";
import { type Output, MemoryOutput } from "#internal/client/output.js";
import { mirrorsOf } from "#internal/client/outside.js";
import { Received } from "#internal/client/reception.js";
import { Session } from "#internal/client/session.js";
import { newHasher } from "#internal/node/hasher.js";
import {
  MemoryStore,
  type Resume,
  SandboxError,
  type Source,
  SourceError,
  type TargetStream,
  type Verifier,
} from "tuf-verifier";
import { NOW, newKey, Repository, RepositorySource } from "../repository.js";
import { fails } from "../refused.js";
import { breakingAt, withClients } from "./breaking.js";

const CONTENT = Buffer.alloc(5_000, "the right bytes");

const repository = new Repository();
for (const name of ["one", "two"]) {
  repository.delegations.push({ name, paths: [`${name}/*`], key: newKey() });
  repository.add(`${name}/tool`, `a tool of ${name}`, name);
}
repository.add("large", CONTENT);
repository.publish();

function begun(verifier: Verifier, ...sources: readonly Source[]): Promise<Session> {
  const { trustedRoot } = repository;
  const beginning = { verifier, trustedRoot, settings: {}, computation: undefined, now: NOW };
  const outside = { mirrors: mirrorsOf(sources), store: new MemoryStore(), progress: () => undefined };
  return Session.begin(async () => beginning, outside, undefined);
}

/** Receives a target. */
async function receive(session: Session, path: string, output: Output): Promise<void> {
  const found = await session.search(path, undefined);
  assert.ok(found.tag === "found");
  const { val: target } = found;
  await session.receive(new Received(target, output, () => newHasher(target)), undefined);
}

/** The metadata of a delegated role. */
function isOfRole(response: Response): boolean {
  const text = response.tag === "bytes" ? Buffer.from(response.val).toString() : "";
  return text.includes('"_type":"targets"') && !text.includes('"delegations"');
}

/** Waits until what was begun waits for others. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20));
}

/** Something that a test lets happen. */
class Held {
  release: () => void = () => undefined;
  readonly released = new Promise<void>((resolve) => (this.release = resolve));
}

test("a transfer is not tried again before its bytes are dropped", async () => {
  const [clearing, asking] = [new Held(), new Held()];
  let clears = 0;
  /** The first time. */
  class Slow extends MemoryOutput {
    override async clear(): Promise<void> {
      clears += 1;
      await (clears === 1 ? clearing.released : undefined);
      await super.clear();
    }
  }
  const wrong = new RepositorySource(repository);
  for (const name of wrong.targetFiles.keys()) {
    wrong.targetFiles.set(name, Buffer.alloc(CONTENT.length));
  }
  const metadata = wrong.metadata.bind(wrong);
  wrong.metadata = async (name, maxLength) => {
    await (name === "1.one.json" ? asking.released : undefined);
    return metadata(name, maxLength);
  };
  let breaks = false;
  const verifier = await breakingAt((response) => breaks && isOfRole(response) && !(breaks = false));
  const session = await begun(verifier, wrong, new RepositorySource(repository));
  const output = new Slow();
  const search = session.search("one/tool", undefined);
  const received = receive(session, "large", output);
  await turn();
  assert.equal(clears, 1);
  breaks = true;
  asking.release();
  await turn();
  assert.equal(breaks, false);
  clearing.release();
  await received;
  await turn();
  assert.deepEqual(Buffer.from(output.bytes()), CONTENT);
  assert.equal((await search).tag, "found");
});

test("nothing is added to an output that has failed", async () => {
  const defect = new Error("the disk is full");
  const output = new MemoryOutput();
  const append = output.append.bind(output);
  output.append = () => Promise.reject(defect);
  const session = await begun(await breakingAt(() => false), new RepositorySource(repository));
  const found = await session.search("large", undefined);
  assert.ok(found.tag === "found");
  const { val: target } = found;
  const received = new Received(target, output, () => newHasher(target));
  await assert.rejects(session.receive(received, undefined), defect);
  output.append = append;
  await assert.rejects(session.receive(received, undefined), defect);
});

/** A source that holds the file of the role `one` and the target file back. */
class Holding extends RepositorySource {
  readonly role = new Held();
  readonly file = new Held();

  override async metadata(name: string, maxLength: number): Promise<Uint8Array | undefined> {
    await (name === "1.one.json" ? this.role.released : undefined);
    return super.metadata(name, maxLength);
  }

  override async target(fetchPath: string, resume: Resume, signal?: AbortSignal): Promise<TargetStream | undefined> {
    const broken = new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    await Promise.race([this.file.released, broken]);
    return super.target(fetchPath, resume);
  }
}

test("a transfer outlives a search that nobody waits for", async () => {
  let broken = 0;
  const verifier = await breakingAt((response) => broken === 0 && isOfRole(response) && ++broken > 0);
  const source = new Holding(repository);
  const session = await begun(verifier, source);
  const [controller, reason] = [new AbortController(), new Error("the user went away")];
  const output = new MemoryOutput();
  const search = session.search("one/tool", controller.signal);
  const received = receive(session, "large", output);
  await turn();
  controller.abort(reason);
  await assert.rejects(search, reason);
  source.role.release();
  await turn();
  assert.equal(broken, 1);
  source.file.release();
  await received;
  assert.deepEqual(Buffer.from(output.bytes()), CONTENT);
});

test("a transfer outlives every search that breaks the module off as it begins", async () => {
  const verifier = await withClients((client) => {
    const find = client.find.bind(client);
    client.find = (path) => find(path === "large" ? path : (7 as unknown as string));
  });
  const source = new Holding(repository);
  const session = await begun(verifier, source);
  const output = new MemoryOutput();
  const received = receive(session, "large", output);
  await turn();
  for (const path of ["one/tool", "two/tool"]) {
    await fails(session.search(path, undefined), SandboxError, "sandbox-trapped");
    await turn();
  }
  source.file.release();
  await received;
  assert.deepEqual(Buffer.from(output.bytes()), CONTENT);
});

test("a transfer outlives every search that breaks the module off", async () => {
  let broken = 0;
  const verifier = await breakingAt((response) => isOfRole(response) && ++broken > 0);
  const source = new Holding(repository);
  source.role.release();
  const session = await begun(verifier, source);
  const output = new MemoryOutput();
  const received = receive(session, "large", output);
  await turn();
  for (const path of ["one/tool", "two/tool", "one/tool"]) {
    await fails(session.search(path, undefined), SandboxError, "sandbox-trapped");
    await turn();
  }
  assert.ok(broken > 3, String(broken));
  source.file.release();
  await received;
  assert.deepEqual(Buffer.from(output.bytes()), CONTENT);
});

test("transfers that break the module off each time end", async () => {
  const verifier = await breakingAt(({ tag }) => tag === "failed");
  const source = new RepositorySource(repository);
  for (const name of source.targetFiles.keys()) {
    source.failures.set(name, new SourceError("cannot reach it", "source-unreachable"));
  }
  const session = await begun(verifier, source);
  const paths = ["large", "large"];
  for (const received of await Promise.allSettled(paths.map((path) => receive(session, path, new MemoryOutput())))) {
    assert.ok(received.status === "rejected" && received.reason instanceof SandboxError, inspect(received));
  }
});
