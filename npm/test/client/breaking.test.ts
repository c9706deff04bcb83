/** What becomes of the operations that are under way when the module breaks off. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Response } from "#internal/binding.js";
import { type Output, MemoryOutput } from "#internal/client/output.js";
import { mirrorsOf } from "#internal/client/outside.js";
import { Received } from "#internal/client/reception.js";
import { Session } from "#internal/client/session.js";
import { newHasher } from "#internal/node/hasher.js";
import { MemoryStore, type Source, type Verifier } from "tuf-verifier";
import { NOW, newKey, Repository, RepositorySource } from "../repository.js";
import { breakingAt } from "./breaking.js";

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
  return response.tag === "bytes" && Buffer.from(response.val).includes('"_type":"targets"');
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
