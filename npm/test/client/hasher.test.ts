/** The hashes of the module, which browsers use, are those of Node. */

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { newHasher as inModule } from "#internal/browser/hasher.js";
import type { NewHasher } from "#internal/client/hasher.js";
import { newHasher as underNode } from "#internal/node/hasher.js";
import { TargetHasher } from "#internal/hasher.js";
import { Instance } from "#internal/instance.js";
import { compile } from "#internal/web-module.js";
import { loadVerifier, SandboxError, type Target, type Verifier } from "tuf-verifier";

const ALGORITHMS = ["sha256", "sha384", "sha512"];

function listing(algorithms: readonly string[]): Target {
  const hashes = algorithms.map((algorithm) => ({ algorithm, digest: "" }));
  return { path: "a", length: 0n, hashes, role: "targets", fetchPath: "a", waived: [] };
}

function expected(bytes: Uint8Array): readonly (readonly [string, string])[] {
  return ALGORITHMS.map((algorithm) => [algorithm, createHash(algorithm).update(bytes).digest("hex")] as const);
}

const web = await readFile(new URL("../../../generated/web/verifier_web_bg.wasm", import.meta.url));
const component = await loadVerifier();
const RUNTIMES = [
  ["the component", component, inModule],
  ["the module for bundlers", await compile(new Uint8Array(web)), inModule],
  ["Node", component, underNode],
] as const satisfies readonly (readonly [string, Verifier, NewHasher])[];

for (const [runtime, verifier, newHasher] of RUNTIMES) {
  const digests = (bytes: Uint8Array, piece: number): readonly (readonly [string, string])[] => {
    const hasher = newHasher(listing(ALGORITHMS), verifier);
    for (let place = 0; place < bytes.length; place += piece) {
      hasher.write(bytes.subarray(place, place + piece));
    }
    assert.equal(hasher.length, bytes.length);
    return hasher.atHand().digests.map(({ algorithm, digest }) => [algorithm, digest] as const);
  };

  test(`${runtime}: every length up to three blocks, whole and in pieces`, () => {
    for (let length = 0; length <= 3 * 128 + 1; length += 1) {
      const bytes = randomBytes(length);
      for (const piece of [1, 7, 64, 100, 1_000]) {
        assert.deepEqual(digests(bytes, piece), expected(bytes), `${length} bytes by ${piece}`);
      }
    }
  });

  test(`${runtime}: bytes that are not at the beginning of their memory`, () => {
    const bytes = randomBytes(1_000_003).subarray(3);
    for (const piece of [65_536, bytes.length]) {
      assert.deepEqual(digests(bytes, piece), expected(bytes));
    }
  });

  test(`${runtime}: goes on after a look at the digests`, () => {
    const [hasher, bytes] = [newHasher(listing(ALGORITHMS), verifier), randomBytes(300)];
    for (let length = 1; length <= bytes.length; length += 1) {
      hasher.write(bytes.subarray(length - 1, length));
      const { digests } = hasher.atHand();
      const own = digests.map(({ algorithm, digest }) => [algorithm, digest] as const);
      assert.deepEqual(own, expected(bytes.subarray(0, length)));
    }
  });

  test(`${runtime}: leaves out what the module does not know`, () => {
    const hasher = newHasher(listing(["md5", "sha512", "blake2b-256"]), verifier);
    assert.deepEqual(hasher.atHand().digests.map(({ algorithm }) => algorithm), ["sha512"]);
  });
}

test("a module that breaks off is not used again", () => {
  const broken = (): never => {
    throw new WebAssembly.RuntimeError("unreachable");
  };
  const raw = { write: broken, atHand: () => ({ length: 0n, digests: [] }) };
  const hasher = new TargetHasher(new Instance(() => ({}) as never), raw as never);
  for (const use of [() => hasher.write(Uint8Array.of(1)), () => hasher.atHand()]) {
    assert.throws(use, (error) => error instanceof SandboxError && error.code === "sandbox-trapped");
  }
});

test("the module takes bytes and nothing else", () => {
  const hasher = inModule(listing(ALGORITHMS), component);
  assert.throws(() => hasher.write("a" as never), new TypeError("chunk is a Uint8Array"));
});
