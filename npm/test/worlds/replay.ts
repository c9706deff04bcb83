/** Repeats the calls of a world. */

import { isDeepStrictEqual } from "node:util";
import { type Hash, type Listing, MapSearch, RepositoryMap, type Settings } from "tuf-verifier";
import type { Verifier } from "tuf-verifier";
import { type Client, given as told, type Workflow } from "./client.js";
import type { Call, Json, Program, World } from "./files.js";
import { compact, failure, isArray, plain } from "./plain.js";

type Resource = RepositoryMap | MapSearch | Client;

/** What repeats worlds: the package, and the interface itself for what the package has no class for. */
export interface Engine {
  readonly verifier: Verifier;
  readonly instantiate: () => Workflow;
}

/** A function: its arguments and the resource whose method it is become what it gives. */
type Method = (world: Replay, on: Resource | undefined, given: readonly Json[]) => unknown;

/** The first call of a world that answers otherwise than it did natively, in words. */
export function difference(engine: Engine, program: Program, world: World): string | undefined {
  const replay = new Replay(engine, program);
  for (const [number, call] of world.calls.entries()) {
    const [answer, expected] = [plain(replay.call(call)), compact(call.gives)];
    if (!isDeepStrictEqual(answer, expected)) {
      const answers = `    answers  ${JSON.stringify(answer)}\n    recorded ${JSON.stringify(expected)}`;
      return `call ${number}, ${call.call}\n${answers}`;
    }
  }
  return undefined;
}

/** A world that is repeated. */
class Replay {
  readonly engine: Engine;
  readonly #program: Program;
  readonly #resources: Resource[] = [];

  constructor(engine: Engine, program: Program) {
    this.engine = engine;
    this.#program = program;
  }

  /** Calls, and gives the answer in the form of the worlds: what cannot fail answers by itself, what can with `ok` or `err`. */
  call({ call, on, with: given = [] }: Call): unknown {
    const method = METHODS[call];
    if (method === undefined) {
      throw new Error(`there is no function ${call}`);
    }
    const resource = on === undefined ? undefined : this.#resources[on];
    if (CANNOT_FAIL.has(call)) {
      return method(this, resource, given);
    }
    try {
      return { ok: method(this, resource, given) };
    } catch (error) {
      return { err: isRecord(error) ? error : failure(error) };
    }
  }

  /** Keeps a new resource, and gives its number. */
  keep(resource: Resource): number {
    return this.#resources.push(resource) - 1;
  }

  /** The bytes of this digest. */
  bytes(digest: Json | undefined): Uint8Array {
    return this.#program.bytes(text(digest));
  }

  /** A record that a client is given. */
  told(value: Json | undefined): unknown {
    return told(value, (digest) => this.bytes(digest));
  }
}

const CANNOT_FAIL = new Set([
  ...["repository-map.repositories", "map-search.next"],
  ...["client.poll", "client.abandon", "client.drop-target"],
]);

const METHODS: Readonly<Record<string, Method>> = {
  "repository-map.parse": (world, _, [file]) => world.keep(world.engine.verifier.parseMap(world.bytes(file))),
  "repository-map.repositories": (_, on) => the(RepositoryMap, on).repositories(),
  "repository-map.search": (world, on, [path]) => world.keep(the(RepositoryMap, on).search(text(path))),
  "map-search.next": (_, on) => the(MapSearch, on).next(),
  "map-search.answer": (_, on, [listing]) => the(MapSearch, on).answer(listing === null ? undefined : listingOf(listing)),
  "client.start": (world, _, [root, now, options]) =>
    world.keep(world.engine.instantiate().Client.start(world.bytes(root), long(now), world.told(options))),
  "client.poll": (_, on, [at]) => client(on).poll(long(at)),
  "client.supply": (world, on, [id, part, length]) => client(on).supply(long(id), world.bytes(part), long(length)),
  "client.answer": (world, on, [id, response, at]) => client(on).answer(long(id), world.told(response), long(at)),
  "client.find": (_, on, [path]) => client(on).find(text(path)),
  "client.receive": (world, on, [found, atHand, at]) => client(on).receive(long(found), world.told(atHand), long(at)),
  "client.abandon": (_, on, [transfer]) => client(on).abandon(long(transfer)),
  "client.check": (world, on, [found, atHand]) => client(on).check(long(found), world.told(atHand)),
  "client.drop-target": (_, on, [found]) => client(on).dropTarget(long(found)),
};

/** The resource, which must be of this class. */
function the<T>(kind: abstract new (...parts: never[]) => T, resource: Resource | undefined): T {
  if (resource instanceof kind) {
    return resource;
  }
  throw new Error(`no ${kind.name}`);
}

/** The client, whose class is the engine's own. */
function client(resource: Resource | undefined): Client {
  if (resource !== undefined && "poll" in resource) {
    return resource;
  }
  throw new Error("no client");
}

/** Whether the interface itself threw the failure. */
function isRecord(error: unknown): boolean {
  return !(error instanceof Error) && typeof error === "object" && error !== null && "cause" in error;
}

/** Settings of a world. Numbers of 64 bits become those that JavaScript has: the largest means "always" in both. */
export function settingsOf(settings: Json | undefined): Settings {
  const entries = Object.entries(settings as Readonly<Record<string, string | number>>).map(([name, value]) => {
    const camel = name.replace(/-[a-z]/g, (letter) => letter.slice(1).toUpperCase());
    return [camel, /^\d+$/.test(String(value)) ? Math.min(Number(value), Number.MAX_SAFE_INTEGER) : value];
  });
  return Object.fromEntries(entries) as Settings;
}

function listingOf(listing: Json | undefined): Listing {
  const { length, hashes } = listing as { readonly length: string; readonly hashes: Json };
  return { length: BigInt(length), hashes: hashesOf(hashes) };
}

function hashesOf(hashes: Json | undefined): readonly Hash[] {
  if (hashes === undefined || !isArray(hashes)) {
    throw new Error("hashes are an array");
  }
  return hashes as unknown as readonly Hash[];
}

function long(value: Json | undefined): bigint {
  return BigInt(text(value));
}

function text(value: Json | undefined): string {
  if (typeof value === "string") {
    return value;
  }
  throw new Error(`no text: ${JSON.stringify(value)}`);
}
