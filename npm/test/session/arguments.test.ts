import assert from "node:assert/strict";
import { test } from "node:test";
import { loadVerifier, Misuse, Refusal, SandboxError, type Settings, type UpdateCycle } from "tuf-verifier";
import { NOW, Repository } from "../repository.js";
import { throws } from "../refused.js";

const repository = new Repository();
const verifier = await loadVerifier();

function start(settings?: Settings): UpdateCycle {
  return verifier.startUpdate(repository.trustedRoot, NOW, settings);
}

/** Refreshes from the repository, with nothing in the store. */
function refreshed(): UpdateCycle {
  const cycle = start();
  for (let request = cycle.next(); request.tag !== "ready"; request = cycle.next()) {
    if (request.tag === "load") cycle.offer(undefined);
    else if (request.tag === "fetch") cycle.offer(repository.metadata.get(request.val.name));
  }
  return cycle;
}

test("a string is no root metadata", () => {
  const root = Buffer.from(repository.trustedRoot).toString() as unknown as Uint8Array;
  assert.throws(() => verifier.startUpdate(root, NOW), new TypeError("trustedRoot is a Uint8Array"));
});

test("a time must be valid", () => {
  const startAt = (now: unknown) => (): unknown => verifier.startUpdate(repository.trustedRoot, now as Date);
  for (const now of [new Date(Number.NaN), 5, undefined]) {
    assert.throws(startAt(now), new TypeError("now is a valid Date"));
  }
});

test("settings are checked", () => {
  const unknown = { maxRoots: 1 } as Settings;
  assert.throws(() => start(unknown), new TypeError("there is no setting maxRoots"));
  assert.throws(() => start({ freshFor: 1.5 }), RangeError);
  assert.throws(() => start({ rootMaxLength: -1 }), RangeError);
  assert.throws(() => start({ maxDelegations: 2 ** 32 }), RangeError);
  assert.throws(() => start({ access: "all" as "store" }), TypeError);
  assert.throws(() => start({ targetsMaxLength: "5" as unknown as number }), TypeError);
});

test("a lone surrogate is no target path", () => {
  assert.throws(() => refreshed().find("a\ud800b"), new TypeError("path has a lone surrogate"));
});

test("calls out of order are misuse", () => {
  const cycle = start();
  throws(() => cycle.find("a"), Misuse, "not-ready");
  throws(() => cycle.check(), Misuse, "nothing-found");
  const ready = refreshed();
  throws(() => ready.offer(undefined), Misuse, "nothing-to-answer");
});

test("a refused answer leaves the cycle as it was", () => {
  const cycle = start();
  for (let request = cycle.next(); ; request = cycle.next()) {
    if (request.tag === "load") {
      cycle.offer(undefined);
    } else if (request.tag === "fetch" && request.val.name === "timestamp.json") {
      const before = cycle.next();
      throws(() => cycle.offer(new Uint8Array(20_000)), Refusal, "endless-data");
      assert.deepEqual(cycle.next(), before);
      return;
    } else if (request.tag === "fetch") {
      cycle.offer(repository.metadata.get(request.val.name));
    }
  }
});

test("who broke off is not used again, and disturbs nobody else", () => {
  const [cycle, other] = [start(), start()];
  assert.equal(cycle.next().tag, "load");
  // More than the module may have of memory.
  const endless = new Uint8Array(1_500_000_000);
  const error = throws(() => cycle.offer(endless), SandboxError, "sandbox-trapped");
  assert.equal(throws(() => cycle.next(), SandboxError, "sandbox-trapped"), error);
  assert.equal(other.next().tag, "load");
  assert.equal(start().next().tag, "load");
});
