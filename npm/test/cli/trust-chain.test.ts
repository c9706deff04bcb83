/** How delegations are shown: the way to a role, and what is not needed for it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { TrustChain } from "#internal/cli/trust-chain.js";

const KEYS = { aa: { scheme: "ed25519" }, bb: { scheme: "ecdsa-sha2-nistp256" } };

function role(name: string, more: object = { paths: ["*"] }): object {
  return { name, threshold: 1, keyids: ["aa"], ...more };
}

function targets(version: number, roles: readonly object[] = [], more: object = {}): Uint8Array {
  const delegations = { keys: KEYS, roles, ...more };
  return Buffer.from(JSON.stringify({ signed: { version, expires: "2100-01-01T00:00:00Z", delegations } }));
}

const METADATA = new Map([
  ["targets.json", targets(1, [role("a"), role("b", { path_hash_prefixes: ["00", "01"], terminating: true, threshold: 2, keyids: ["aa", "bb"] })])],
  ["a.json", targets(2, [role("c"), role("targets"), role("a")])],
  ["b.json", targets(3, [role("c"), role("d%2Fe")])],
  ["c.json", targets(4, [role("a")], { succinct_roles: { ...role("x"), name_prefix: "bin", bit_length: 8 } })],
  ["root_history/1.root.json", Buffer.from("no JSON")],
  ["broken.json", Buffer.from("no JSON")],
]);

function way(to: string): readonly string[] {
  return new TrustChain(METADATA).pathTo(to).map(({ role, delegator, version }) => `${delegator} > ${role} ${version ?? "-"}`);
}

test("the way to a role is the shortest, and goes through no circle", () => {
  assert.deepEqual(way("a"), ["targets > a 2"]);
  assert.deepEqual(way("c"), ["targets > a 2", "a > c 4"]);
  assert.deepEqual(way("d%2Fe"), ["targets > b 3", "b > d%2Fe -"]);
});

test("a bin is delegated to by its prefix", () => {
  const last = new TrustChain(METADATA).pathTo("bin-0f").at(-1);
  assert.deepEqual([last?.delegator, last?.role, last?.scope], ["c", "bin-0f", "one of 2^8 bins"]);
});

test("the top-level targets role, and roles that nobody delegates to, are reached by no delegation", () => {
  assert.deepEqual(way("targets"), []);
  assert.deepEqual(way("nobody"), []);
});

test("shows keys, thresholds and scopes", () => {
  const [first] = new TrustChain(METADATA).pathTo("b");
  assert.deepEqual(first, {
    role: "b",
    delegator: "targets",
    threshold: 2,
    keys: [{ keyid: "aa", scheme: "ed25519" }, { keyid: "bb", scheme: "ecdsa-sha2-nistp256" }],
    version: 3,
    expires: "2100-01-01T00:00:00Z",
    scope: "hash prefixes 00 01",
    terminating: true,
  });
});
