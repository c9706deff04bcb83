/** The module for bundlers, without the TypeScript above it: it checks its arguments by itself. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { NOW, Repository } from "../repository.js";

/** `npm/build/test/web` is where this file is compiled to. */
const GENERATED = new URL("../../../generated/web/", import.meta.url);

/** Any value where JavaScript takes one: the types are what is tested. */
interface Engine {
  readonly Client: { start(...given: readonly unknown[]): Client };
  readonly RepositoryMap: { parse(...given: readonly unknown[]): { search(...given: readonly unknown[]): Search } };
  defaultSettings(): Record<string, unknown>;
}

interface Client {
  poll(at: unknown): { readonly tag: string; readonly val: { readonly id: bigint; readonly name: string } };
  answer(...given: readonly unknown[]): void;
  find(path: unknown): bigint;
  check(...given: readonly unknown[]): void;
}

interface Search {
  next(): unknown;
  answer(...given: readonly unknown[]): void;
}

interface Script {
  readonly digest: string;
  instantiate(module: WebAssembly.Module): { readonly workflow: Engine };
}

const bytes = await readFile(new URL("verifier_web_bg.wasm", GENERATED));
const module = new WebAssembly.Module(bytes);
const script = (await import(new URL("verifier_web.js", GENERATED).href)) as Script;
const repository = new Repository();
repository.add("a.bin", new Uint8Array([1, 2, 3]));
repository.publish();
const now = BigInt(NOW.getTime() / 1000);

function engine(): Engine {
  return script.instantiate(module).workflow;
}

/** Options of a client with one mirror, of which some differ. */
function options({ defaultSettings }: Engine, changes: object = {}): object {
  const retry = { count: 0, first: 0n, longest: 0n };
  const mirrors = [{ kind: "repository", retry }];
  return { settings: defaultSettings(), mirrors, parallel: 1, seed: 0n, resumes: false, ...changes };
}

/** Starts with settings that differ from the defaults in this. */
function start(settings: object): () => unknown {
  const fresh = engine();
  const changed = options(fresh, { settings: { ...fresh.defaultSettings(), ...settings } });
  return () => fresh.Client.start(repository.trustedRoot, now, changed);
}

/** A client that has been asked for nothing yet. */
function started(): Client {
  const fresh = engine();
  return fresh.Client.start(repository.trustedRoot, now, options(fresh));
}

/** A client, driven until it waits for nothing more. */
function driven(client: Client): Client {
  for (let action = client.poll(0n); action.tag !== "await"; action = client.poll(0n)) {
    if (action.tag === "load") {
      client.answer(action.val.id, { tag: "absent" }, 0n);
    } else if (action.tag === "get") {
      const file = repository.metadata.get(action.val.name);
      client.answer(action.val.id, file === undefined ? { tag: "absent" } : { tag: "bytes", val: file }, 0n);
    }
  }
  return client;
}

test("bytes are a Uint8Array", () => {
  const fresh = engine();
  const root = Buffer.from(repository.trustedRoot).toString();
  for (const wrong of [root, [...repository.trustedRoot], repository.trustedRoot.buffer, null, undefined]) {
    const refused = (name: string): TypeError => new TypeError(`${name} is a Uint8Array`);
    assert.throws(() => fresh.Client.start(wrong, now, options(fresh)), refused("trustedRoot"));
    assert.throws(() => fresh.RepositoryMap.parse(wrong), refused("file"));
    assert.throws(() => started().answer(1n, { tag: "bytes", val: wrong }, 0n), refused("response.val"));
  }
});

test("an answer is one of its cases, and a wrong one leaves the request", () => {
  const client = started();
  const { id } = client.poll(0n).val;
  const cases = "response.tag is one of bytes, supplied, absent, failed, stream, unreadable";
  assert.throws(() => client.answer(id, { tag: "none" }, 0n), new TypeError(cases));
  for (const wrong of [null, undefined, "absent"]) {
    assert.throws(() => client.answer(id, wrong, 0n), new TypeError("response is an object"));
  }
  assert.throws(() => client.answer(Number(id), { tag: "absent" }, 0n), TypeError);
  client.answer(id, { tag: "absent" }, 0n);
});

test("a time is a bigint of 64 bits", () => {
  const fresh = engine();
  for (const wrong of [Number(now), String(now), NOW, undefined, 2n ** 63n, now + 2n ** 64n]) {
    const call = (): unknown => fresh.Client.start(repository.trustedRoot, wrong, options(fresh));
    assert.throws(call, new TypeError("now is a bigint of 64 bits with a sign"));
  }
});

test("options are checked one by one", () => {
  const small = "a whole number from 0 to 4294967295";
  const large = "a bigint of 64 bits without a sign";
  for (const wrong of [-1, 1.5, 2 ** 32, Number.NaN, 1n, "1", undefined, null]) {
    const named = "options.settings.maxDelegations";
    assert.throws(start({ maxDelegations: wrong }), new TypeError(`${named} is ${small}`));
  }
  for (const wrong of [-1n, 2n ** 64n, 1, "1", undefined, null]) {
    assert.throws(start({ rootMaxLength: wrong }), new TypeError(`options.settings.rootMaxLength is ${large}`));
  }
  for (const wrong of ["all", "Store", ""]) {
    const named = "options.settings.access is one of repository, store, bundle";
    assert.throws(start({ access: wrong }), new TypeError(named));
  }
  assert.throws(start({ profile: 1 }), new TypeError("options.settings.profile is a string"));
  const fresh = engine();
  const begin = (changes: object) => () => fresh.Client.start(repository.trustedRoot, now, options(fresh, changes));
  for (const wrong of [undefined, null, "settings", 1]) {
    assert.throws(begin({ settings: wrong }), new TypeError("options.settings is an object"));
  }
  const throwing = Object.defineProperty(fresh.defaultSettings(), "freshFor", {
    get() {
      throw new RangeError("thrown by a getter");
    },
  });
  assert.throws(begin({ settings: throwing }), new RangeError("thrown by a getter"));
  const retry = { count: 0, first: 0n, longest: 0n };
  const mirrors = [{ kind: "repository", retry }, { kind: "server", retry }];
  assert.throws(begin({ mirrors }), new TypeError("options.mirrors[1].kind is one of repository, bundle"));
  assert.throws(begin({ resumes: 0 }), new TypeError("options.resumes is a boolean"));
});

test("a path is a string that UTF-8 can write", () => {
  const client = started();
  for (const wrong of [1, undefined, null, ["a"]]) {
    assert.throws(() => client.find(wrong), new TypeError("path is a string"));
  }
  assert.throws(() => client.find("a\ud800b"), new TypeError("path has a lone surrogate"));
});

test("digests are an array of records", () => {
  const client = driven(started());
  const found = client.find("a.bin");
  driven(client);
  const check = (length: unknown, digests: unknown) => () => client.check(found, { length, digests });
  const digest = createHash("sha256").update(new Uint8Array([1, 2, 3])).digest("hex");
  const hash = { algorithm: "sha256", digest };
  assert.throws(check(3, [hash]), new TypeError("atHand.length is a bigint of 64 bits without a sign"));
  assert.throws(check(3n, hash), new TypeError("atHand.digests is an array"));
  assert.throws(check(3n, [hash, "sha256"]), new TypeError("atHand.digests[1] is an object"));
  assert.throws(check(3n, [{ algorithm: "sha256" }]), new TypeError("atHand.digests[0].digest is a string"));
  check(3n, [hash])();
});

test("each instance has classes and memory of its own", () => {
  assert.notEqual(engine().Client, engine().Client);
});

test("the script names the module, which imports from it alone", async () => {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  assert.equal(script.digest, Buffer.from(digest).toString("hex"));
  const modules = new Set(WebAssembly.Module.imports(module).map((entry) => entry.module));
  assert.deepEqual([...modules], ["./verifier_web_bg.js"]);
});
