/** Takes the course of a world with an {@link Updater}: same requests, same writes, same verdicts. */

import { isDeepStrictEqual } from "node:util";
import { type Guard, type Lookup, type Source, SourceError, type Store, StoreError, Updater } from "tuf-verifier";
import type { Verifier } from "tuf-verifier";
import type { Act, Course, Effect } from "./course.js";
import type { Json } from "./files.js";
import { failure, plain } from "./plain.js";
import { settingsOf } from "./replay.js";

/** The first difference, in words. */
export async function follow(verifier: Verifier, course: Course): Promise<string | undefined> {
  const script = new Script();
  const updater = new Updater({
    trustedRoot: course.trustedRoot,
    sources: [script],
    store: script,
    settings: settingsOf(course.settings),
    referenceTime: new Date(Number(course.now) * 1000),
    verifier,
  });
  for (const act of course.acts) {
    script.expect(act.effects);
    const found = compared(act, await take(updater, act)) ?? script.difference();
    if (found !== undefined || act.end.tag === "abandoned") {
      return found;
    }
  }
  return undefined;
}

/** What an act came to: an answer of the form that worlds have, or an error. */
async function take(updater: Updater, { path }: Act): Promise<{ readonly answer: Json } | { readonly error: unknown }> {
  try {
    if (path === undefined) {
      await updater.refresh();
      return { answer: plain(updater.report) };
    }
    return { answer: plain(recordOf(await updater.search(path))) };
  } catch (error) {
    return { error };
  }
}

function compared({ end }: Act, came: { readonly answer: Json } | { readonly error: unknown }): string | undefined {
  const cutOff = "error" in came && (came.error instanceof SourceError || came.error instanceof StoreError);
  if (end.tag === "abandoned") {
    // Who is cut off has no verdict, unless nothing more is needed for it.
    return cutOff || "answer" in came ? undefined : `a verdict where there is none: ${String(came.error)}`;
  }
  if (cutOff) {
    return `    updater  ${String(came.error)}\n    recorded ${JSON.stringify(end)}`;
  }
  const answer = "answer" in came ? came.answer : plain(failure(came.error));
  const expected = end.tag === "answered" ? end.answer : asVerdict(end.failure);
  return isDeepStrictEqual(answer, expected)
    ? undefined
    : `    updater  ${JSON.stringify(answer)}\n    recorded ${JSON.stringify(expected)}`;
}

/** A lookup with the record of the target that was found. */
function recordOf(lookup: Lookup): unknown {
  if (lookup.tag === "not-found") {
    return lookup.val;
  }
  const { path, length, customText, role, fetchPath, waived } = lookup.val;
  const hashes = Object.entries(lookup.val.hashes).map(([algorithm, digest]) => ({ algorithm, digest }));
  return { path, length: BigInt(length), hashes, custom: customText, role, fetchPath, waived };
}

/** The error of a client as a failure, whose cause is the verdict itself. */
function asVerdict(failure: Json): Json {
  const { cause, ...rest } = failure as { readonly cause: { readonly tag: string; readonly val: Json } };
  return cause.tag === "verdict" ? { ...rest, cause: cause.val } : failure;
}

/** A source and a store that answer what was recorded, in this order, and nothing else. */
class Script implements Source, Store {
  #expected: Effect[] = [];
  #wrong: string | undefined;

  expect(effects: readonly Effect[]): void {
    this.#expected = [...effects];
  }

  /** What was done otherwise, or not at all. */
  difference(): string | undefined {
    const [left] = this.#expected;
    return this.#wrong ?? (left === undefined ? undefined : `    was not done: ${JSON.stringify(left.request)}`);
  }

  async metadata(name: string, maxLength: number): Promise<Uint8Array | undefined> {
    const request = plain({ tag: "get", name, maxLength: BigInt(maxLength) });
    return this.#take(request, () => new SourceError("the world goes no further", "source-unreachable"));
  }

  target(): never {
    throw new Error("no world fetches a target");
  }

  async lock(): Promise<Guard> {
    return { release: async () => undefined };
  }

  async load(name: string): Promise<Uint8Array | undefined> {
    return this.#file({ tag: "load", name });
  }

  async persist(name: string, bytes: Uint8Array): Promise<void> {
    const recorded = this.#file({ tag: "write", name });
    if (recorded === undefined || Buffer.compare(recorded, bytes) !== 0) {
      this.#wrong = `    updater  writes other bytes to ${name}`;
    }
  }

  async forget(name: string): Promise<void> {
    this.#file({ tag: "forget", name });
  }

  #file(request: { readonly tag: string; readonly name: string }): Uint8Array | undefined {
    return this.#take(request, () => new StoreError("the world goes no further", "store-unreadable", request.name));
  }

  #take(request: Json, over: () => Error): Uint8Array | undefined {
    const [next] = this.#expected;
    if (next !== undefined && isDeepStrictEqual(next.request, request)) {
      this.#expected.shift();
      return next.answer;
    }
    if (next !== undefined) {
      this.#wrong = `    updater  ${JSON.stringify(request)}\n    recorded ${JSON.stringify(next.request)}`;
    }
    throw over();
  }
}
