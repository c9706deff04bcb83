/** The module for bundlers, without the TypeScript above it: it checks its arguments by itself. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { NOW, Repository } from "../repository.js";

/** `npm/build/test/web` is where this file is compiled to. */
const GENERATED = new URL("../../../generated/web/", import.meta.url);

/** Any value where JavaScript takes one: the types are what is tested. */
interface Engine {
  readonly UpdateCycle: { start(...given: readonly unknown[]): Cycle };
  readonly RepositoryMap: { parse(...given: readonly unknown[]): { search(...given: readonly unknown[]): Search } };
  defaultSettings(): Record<string, unknown>;
}

interface Cycle {
  next(): { readonly tag: string; readonly val: unknown };
  offer(...given: readonly unknown[]): void;
  find(...given: readonly unknown[]): void;
  check(): { write(...given: readonly unknown[]): void; checkDigests(...given: readonly unknown[]): void; finish(): void };
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

/** Starts with settings that differ from the defaults in this. */
function start(settings: object): () => unknown {
  const fresh = engine();
  return () => fresh.UpdateCycle.start(repository.trustedRoot, now, { ...fresh.defaultSettings(), ...settings });
}

/** A cycle that asks for its first file of the store. */
function started(): Cycle {
  const fresh = engine();
  return fresh.UpdateCycle.start(repository.trustedRoot, now, fresh.defaultSettings());
}

/** A cycle that has found a target of three bytes, and the check of its bytes. */
function checking(): ReturnType<Cycle["check"]> {
  const cycle = started();
  let asked = false;
  for (let request = cycle.next(); request.tag !== "found"; request = cycle.next()) {
    if (request.tag === "load") cycle.offer(undefined);
    else if (request.tag === "fetch") cycle.offer(repository.metadata.get((request.val as { name: string }).name));
    else if (request.tag === "ready" && !asked) {
      asked = true;
      cycle.find("a.bin");
    }
  }
  return cycle.check();
}

test("bytes are a Uint8Array", () => {
  const { UpdateCycle, RepositoryMap, defaultSettings } = engine();
  const root = Buffer.from(repository.trustedRoot).toString();
  for (const wrong of [root, [...repository.trustedRoot], repository.trustedRoot.buffer, null, undefined]) {
    const refused = (name: string): TypeError => new TypeError(`${name} is a Uint8Array`);
    assert.throws(() => UpdateCycle.start(wrong, now, defaultSettings()), refused("trustedRoot"));
    assert.throws(() => RepositoryMap.parse(wrong), refused("file"));
    assert.throws(() => checking().write(wrong), refused("chunk"));
  }
});

test("null is not the answer that there is no such file", () => {
  const cycle = started();
  const before = cycle.next();
  for (const wrong of [null, "", 0, false]) {
    assert.throws(() => cycle.offer(wrong), new TypeError("bytes is a Uint8Array"));
  }
  assert.deepEqual(cycle.next(), before);
  cycle.offer(undefined);
  assert.notDeepEqual(cycle.next(), before);
});

test("a time is a bigint of 64 bits", () => {
  const { UpdateCycle, defaultSettings } = engine();
  for (const wrong of [Number(now), String(now), NOW, undefined, 2n ** 63n, now + 2n ** 64n]) {
    const call = (): unknown => UpdateCycle.start(repository.trustedRoot, wrong, defaultSettings());
    assert.throws(call, new TypeError("now is a bigint of 64 bits with a sign"));
  }
});

test("settings are checked one by one", () => {
  const small = "a whole number from 0 to 4294967295";
  const large = "a bigint of 64 bits without a sign";
  for (const wrong of [-1, 1.5, 2 ** 32, Number.NaN, 1n, "1", undefined, null]) {
    assert.throws(start({ maxDelegations: wrong }), new TypeError(`settings.maxDelegations is ${small}`));
  }
  for (const wrong of [-1n, 2n ** 64n, 1, "1", undefined, null]) {
    assert.throws(start({ rootMaxLength: wrong }), new TypeError(`settings.rootMaxLength is ${large}`));
  }
  for (const wrong of ["all", "Store", ""]) {
    assert.throws(start({ access: wrong }), new TypeError("settings.access is one of repository, store, bundle"));
  }
  assert.throws(start({ profile: 1 }), new TypeError("settings.profile is a string"));
  assert.throws(start({ get freshFor() { throw new RangeError("thrown by a getter"); } }), new RangeError("thrown by a getter"));
  const { UpdateCycle } = engine();
  for (const wrong of [undefined, null, "settings", 1]) {
    assert.throws(() => UpdateCycle.start(repository.trustedRoot, now, wrong), new TypeError("settings is an object"));
  }
});

test("a path is a string that UTF-8 can write", () => {
  const cycle = started();
  for (const wrong of [1, undefined, null, ["a"]]) {
    assert.throws(() => cycle.find(wrong), new TypeError("path is a string"));
  }
  assert.throws(() => cycle.find("a\ud800b"), new TypeError("path has a lone surrogate"));
});

test("digests are an array of records", () => {
  const check = checking();
  const hash = { algorithm: "sha256", digest: "00" };
  assert.throws(() => check.checkDigests(3, [hash]), new TypeError("length is a bigint of 64 bits without a sign"));
  assert.throws(() => check.checkDigests(3n, hash), new TypeError("hashes is an array"));
  assert.throws(() => check.checkDigests(3n, [hash, "sha256"]), new TypeError("hashes[1] is an object"));
  assert.throws(() => check.checkDigests(3n, [{ algorithm: "sha256" }]), new TypeError("hashes[0].digest is a string"));
  // None of these was the verdict: the check is as it was.
  check.write(new Uint8Array([1, 2, 3]));
  check.finish();
});

test("each instance has classes and memory of its own", () => {
  assert.notEqual(engine().UpdateCycle, engine().UpdateCycle);
});

test("the script names the module, which imports from it alone", async () => {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  assert.equal(script.digest, Buffer.from(digest).toString("hex"));
  const modules = new Set(WebAssembly.Module.imports(module).map((entry) => entry.module));
  assert.deepEqual([...modules], ["./verifier_web_bg.js"]);
});
