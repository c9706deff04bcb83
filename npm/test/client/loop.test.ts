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
import { MemoryStore, type Progress, SourceError, type Target } from "tuf-verifier";
import { Repository, RepositorySource } from "../repository.js";

const TARGET: Target = { path: "a", length: 1n, hashes: [], role: "targets", fetchPath: "a", waived: [] };

const AWAIT: Action = { tag: "await", val: undefined };

/** A client that asks for these actions, and then waits. */
class Scripted {
  readonly isBroken = false;
  readonly #actions: (Action | (() => Action))[];
  #last = 0n;

  constructor(actions: readonly (Action | (() => Action))[]) {
    this.#actions = [...actions];
  }

  poll(): Action {
    const next = this.#actions.shift() ?? AWAIT;
    return typeof next === "function" ? next() : next;
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

const source = new RepositorySource(new Repository());

function looped(client: Scripted, progress: (progress: Progress) => void = () => undefined): Loop {
  const outside = { mirrors: mirrorsOf([source]), store: new MemoryStore(), progress };
  return new Loop(client as unknown as Client, new Uint8Array(), outside);
}

function reception(): Reception {
  return new Reception(new Received(TARGET, new MemoryOutput(), () => newHasher(TARGET)), () => undefined);
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
  await assert.rejects(loop.receive(1n, reception(), undefined), defect);
});

test("an operation that begins takes nothing from the error of the last", async () => {
  const unreachable = new SourceError("cannot reach it", "source-unreachable");
  source.failures.set("1.a.json", unreachable);
  const error = { code: "source-unreachable", message: "in the words of the module", advice: "try again", cause: { tag: "transport", val: 7n } } as const;
  for (let ticks = 0; ticks < 8; ticks += 1) {
    const next = async (): Promise<void> => {
      for (let tick = 0; tick < ticks; tick += 1) {
        await undefined;
      }
      await loop.search("b", undefined).catch(() => undefined);
    };
    const loop = looped(
      new Scripted([
        { tag: "get", val: { id: 7n, mirror: 0, name: "1.a.json", maxLength: 1n } },
        AWAIT,
        () => {
          void next();
          return { tag: "ended", val: { tag: "search-failed", val: { search: 1n, error } } };
        },
      ]),
    );
    await assert.rejects(loop.search("a", undefined), unreachable);
    await loop.stop();
  }
});
