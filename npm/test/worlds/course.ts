/** A world as an updater takes it: a refresh and searches, as far as an updater can follow. */

import type { Call, Json, Program, World } from "./files.js";
import { compact, isArray } from "./plain.js";

/** What an updater does in a world. */
export interface Course {
  readonly trustedRoot: Uint8Array;
  readonly now: Json;
  readonly settings: Json;
  /** The refresh, then searches. */
  readonly acts: readonly Act[];
}

/** A refresh, or a search. */
export interface Act {
  /** The path of a search. */
  readonly path: string | undefined;
  /** What is asked for, written and forgotten meanwhile. */
  readonly effects: Effect[];
  end: End;
}

/** What is asked of a source or of the store: `load`, `get`, `write` or `forget`; and what it is answered with. */
export interface Effect {
  readonly request: Json;
  readonly answer?: Uint8Array | undefined;
}

/** What an act ends with. */
export type End =
  /** The world goes no further. */
  | { readonly tag: "abandoned" }
  /** What was reported or found. */
  | { readonly tag: "answered"; readonly answer: Json }
  /** A failure. */
  | { readonly tag: "failed"; readonly failure: Json };

/**
 * The course of a client with one mirror, or of the store alone, which never asks twice; `undefined` for any other client, which asks in an order
 * of its own, and for a map.
 */
export function courseOf(program: Program, world: World): Course | undefined {
  const [start, ...rest] = world.calls;
  if (start?.call === "repository-map.parse") {
    return undefined;
  }
  if (start?.call !== "client.start") {
    throw new Error(`no world begins with ${String(start?.call)}`);
  }
  const [root, now = null, options] = start.with ?? [];
  const { settings, mirrors, resumes } = options as unknown as Options;
  const hasOne = mirrors.length === 1 || settings.access === "store";
  if (!hasOne || mirrors.some(({ retry }) => retry.count > 0) || resumes) {
    return undefined;
  }
  const trustedRoot = program.bytes(root as string);
  const follower = new Follower(program, trustedRoot);
  follower.fail(start.gives);
  if (follower.act.end.tag === "abandoned") {
    rest.every((call) => follower.follow(call));
  }
  return { trustedRoot, now, settings, acts: follower.acts };
}

interface Options {
  readonly settings: { readonly access: string };
  readonly mirrors: readonly { readonly retry: { readonly count: number } }[];
  readonly resumes: boolean;
}

/** Follows the calls of a client. */
class Follower {
  readonly acts: Act[] = [{ path: undefined, effects: [], end: { tag: "abandoned" } }];
  readonly #program: Program;
  /** The requests that wait for an answer, by their numbers. */
  readonly #asked = new Map<string, Case>();
  /** The bytes of answers. */
  readonly #held: Map<string, Uint8Array>;

  constructor(program: Program, trustedRoot: Uint8Array) {
    this.#program = program;
    this.#held = new Map([["0", trustedRoot]]);
  }

  /** The last act. */
  get act(): Act {
    return this.acts.at(-1)!;
  }

  /** `false` if what follows is not between a client and its mirror and store. */
  follow({ call, with: given = [], gives }: Call): boolean {
    switch (call) {
      case "client.poll":
        this.#polled(gives as unknown as Case);
        return true;
      case "client.answer":
        return this.#answered(given[0] as string, given[1] as unknown as Case);
      case "client.find":
        this.acts.push({ path: given[0] as string, effects: [], end: { tag: "abandoned" } });
        this.fail(gives);
        return true;
      case "client.check":
      case "client.drop-target":
        // Of the bytes that are checked a world has the digests alone.
        return true;
      default:
        return false;
    }
  }

  /** The act ends here if a call failed. */
  fail(gives: Json): void {
    const { err } = gives as { readonly err?: Json };
    if (err !== undefined) {
      this.act.end = { tag: "failed", failure: compact(err) };
    }
  }

  #polled(action: Case): void {
    const { tag, val } = action;
    switch (tag) {
      case "load":
      case "get":
        this.#asked.set(member(val, "id"), action);
        break;
      case "keep":
        this.#write(member(val, "name"), this.#held.get(member(val, "answer"))!);
        break;
      case "write":
        this.#write(member(val, "name"), this.#program.bytes(member(val, "bytes")));
        break;
      case "forget":
        this.act.effects.push({ request: { tag, name: val } });
        break;
      case "ended":
        this.act.end = endOf(val as unknown as Case);
        break;
    }
  }

  #write(name: string, bytes: Uint8Array): void {
    this.act.effects.push({ request: { tag: "write", name }, answer: bytes });
  }

  /** `false` for an answer that is neither `bytes` nor `absent`. */
  #answered(id: string, response: Case): boolean {
    const request = this.#asked.get(id);
    if (request === undefined || !(response.tag === "bytes" || response.tag === "absent")) {
      return false;
    }
    const answer = response.tag === "absent" ? undefined : this.#program.bytes(response.val as string);
    if (answer !== undefined) {
      this.#held.set(id, answer);
    }
    const { tag, val } = request;
    const name = member(val, "name");
    const asked = tag === "load" ? { tag, name } : { tag, name, "max-length": member(val, "max-length") };
    this.act.effects.push({ request: asked, answer });
    return true;
  }
}

interface Case {
  readonly tag: string;
  readonly val: Json;
}

function endOf({ tag, val }: Case): End {
  switch (tag) {
    case "refresh-failed":
      return { tag: "failed", failure: compact(val) };
    case "search-failed":
      return { tag: "failed", failure: compact(record(val)["error"]!) };
    case "found":
      return { tag: "answered", answer: compact(record(val)["target"]!) };
    case "not-found":
      return { tag: "answered", answer: compact(record(val)["why"]!) };
    default:
      return { tag: "answered", answer: compact(val) };
  }
}

function member(value: Json, name: string): string {
  return record(value)[name] as string;
}

function record(value: Json): { readonly [name: string]: Json } {
  if (typeof value !== "object" || value === null || isArray(value)) {
    throw new Error(`no record: ${JSON.stringify(value)}`);
  }
  return value;
}
