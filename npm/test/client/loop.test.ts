/** The loop around a client that goes as a test says. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "#internal/binding.js";
import type { Client } from "#internal/client.js";
import { Loop } from "#internal/client/loop.js";
import { mirrorsOf } from "#internal/client/outside.js";
import { MemoryOutput } from "#internal/client/output.js";
import { Reception, Received } from "#internal/client/reception.js";
import { newHasher } from "#internal/node/hasher.js";
import { MemoryStore, type Progress, type Target } from "tuf-verifier";
import { Repository, RepositorySource } from "../repository.js";

const TARGET: Target = { path: "a", length: 1n, hashes: [], role: "targets", fetchPath: "a", waived: [] };

/** A client that asks for these actions. */
class Scripted {
  readonly isBroken = false;
  readonly #actions: Action[];
  #last = 0n;

  constructor(actions: readonly Action[]) {
    this.#actions = [...actions];
  }

  poll(): Action {
    return this.#actions.shift() ?? { tag: "await", val: undefined };
  }

  then(...actions: readonly Action[]): void {
    this.#actions.push(...actions);
  }

  answer(): void {
    // What is next is written down already.
  }

  find(): bigint {
    return (this.#last += 1n);
  }

  receive(): bigint {
    return (this.#last += 1n);
  }
}

function looped(client: Scripted, progress: (progress: Progress) => void = () => undefined): Loop {
  const outside = { mirrors: mirrorsOf([new RepositorySource(new Repository())]), store: new MemoryStore(), progress };
  return new Loop(client as unknown as Client, new Uint8Array(), outside);
}

function reception(): Reception {
  return new Reception(new Received(TARGET, new MemoryOutput(), () => newHasher(TARGET)), () => undefined, undefined);
}

test("nobody waits for a loop that is over", async () => {
  const defect = new Error("a defect of the listener");
  const tell: Action = { tag: "tell", val: { tag: "accepted", val: { mirror: 0, name: "a.json" } } };
  const loop = looped(new Scripted([tell]), () => {
    throw defect;
  });
  await assert.rejects(loop.refreshed(undefined), defect);
  assert.ok(loop.isOver);
  await assert.rejects(loop.search("a", undefined), defect);
  await assert.rejects(loop.receive(1n, reception()), defect);
});
