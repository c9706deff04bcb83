/** A world as an updater takes it: a refresh and searches, as far as an updater can follow. */

import type { Call, Json, Program, World } from "./files.js";
import { compact } from "./plain.js";

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

/** A request of the component, and what it was answered with. */
export interface Effect {
  readonly request: Json;
  readonly answer?: Uint8Array | undefined;
}

/** What an act ends with. */
export type End =
  /** The world goes no further. */
  | { readonly tag: "abandoned" }
  /** What was reported or found. */
  | { readonly tag: "answered"; readonly request: Json }
  /** A failure. */
  | { readonly tag: "failed"; readonly failure: Json };

/** The course of an update cycle; `undefined` for a client, which asks in an order of its own, and for a map. */
export function courseOf(program: Program, world: World): Course | undefined {
  const [start, ...rest] = world.calls;
  if (start?.call === "client.start" || start?.call === "repository-map.parse") {
    return undefined;
  }
  if (start?.call !== "update-cycle.start") {
    throw new Error(`no world begins with ${String(start?.call)}`);
  }
  const [root, now = null, settings = null] = start.with ?? [];
  const follower = new Follower(program);
  follower.end(start.gives);
  if (follower.act.end.tag === "abandoned") {
    rest.every((call) => follower.follow(call));
  }
  return { trustedRoot: program.bytes(root as string), now, settings, acts: follower.acts };
}

/** Follows the calls of a cycle. */
class Follower {
  readonly acts: Act[] = [{ path: undefined, effects: [], end: { tag: "abandoned" } }];
  readonly #program: Program;
  /** The request that waits for an answer. */
  #asked: Json | undefined;

  constructor(program: Program) {
    this.#program = program;
  }

  /** The last act. */
  get act(): Act {
    return this.acts.at(-1)!;
  }

  /** `false` where an updater does not follow: after a refused answer it gives up, and it calls nothing out of order. */
  follow({ call, with: given = [], gives }: Call): boolean {
    switch (call) {
      case "update-cycle.next":
        this.#next(compact(gives) as Request);
        return true;
      case "update-cycle.offer":
        return this.#offer(given[0] as string | null, gives);
      case "update-cycle.find":
        return this.#find(given[0] as string, gives);
      default:
        // Checks of target bytes have no part in what follows.
        return true;
    }
  }

  /** The act ends here, where a call failed. */
  end(gives: Json): void {
    const { err } = gives as { readonly err?: Json };
    if (err !== undefined) {
      this.act.end = { tag: "failed", failure: compact(err) };
    }
  }

  #next(request: Request): void {
    switch (request.tag) {
      case "load":
      case "fetch":
        this.#asked = request;
        break;
      case "persist":
      case "forget":
        this.act.effects.push({ request });
        break;
      case "search-failed":
        this.act.end = { tag: "failed", failure: request.val };
        break;
      default:
        this.act.end = { tag: "answered", request };
    }
  }

  #offer(answer: string | null, gives: Json): boolean {
    if (this.#asked === undefined) {
      return false;
    }
    this.act.effects.push({ request: this.#asked, answer: answer === null ? undefined : this.#program.bytes(answer) });
    this.#asked = undefined;
    this.end(gives);
    return this.act.end.tag !== "failed";
  }

  /** An updater searches once its refresh has succeeded. */
  #find(path: string, gives: Json): boolean {
    if (this.acts[0]?.end.tag !== "answered" || this.act.end.tag === "abandoned") {
      return false;
    }
    this.acts.push({ path, effects: [], end: { tag: "abandoned" } });
    this.end(gives);
    return true;
  }
}

type Request = { readonly tag: string; readonly val: Json };
