/** The tests of one engine: every shared world, and that a difference would be noticed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verifier } from "tuf-verifier";
import { recorded, reasonMissing, type World } from "./files.js";
import { difference } from "./replay.js";

/** Programs whose worlds are repeated. */
const PROGRAMS = ["workflow", "advisories", "verdicts", "generated"];

/** How many worlds that differ are shown. */
const SHOWN = 5;

/** Declares the tests of an engine. */
export function testWorlds(engine: string, verifier: Verifier): void {
  const skip = reasonMissing(`the shared worlds in ${engine}`) ?? false;
  for (const name of PROGRAMS) {
    test(`${engine}: the worlds of ${name} answer as they did natively`, { skip }, (context) => {
      const program = recorded(name);
      let count = 0;
      const differences: string[] = [];
      for (const world of program.worlds()) {
        count += 1;
        const found = difference(verifier, program, world);
        if (found !== undefined) {
          differences.push(found);
        }
      }
      context.diagnostic(`${count} worlds`);
      const hint = "Worlds of other sources than the verifier's? `cargo xtask shared-worlds` records them.";
      const shown = differences.slice(0, SHOWN).join("\n");
      assert.equal(differences.length, 0, `${differences.length} of ${count} worlds differ. ${hint}\n${shown}`);
    });
  }

  test(`${engine}: another answer is noticed`, { skip }, () => {
    const program = recorded("advisories");
    const worlds = [...program.worlds()];
    for (const [answer, another] of [
      [/"code":"rollback"/, '"code":"freeze"'],
      [/"message":"[^"]/, '"message":"~'],
      [/"trusted":"3"/, '"trusted":"4"'],
      [/"max-length":"512000"/, '"max-length":"512001"'],
      [/"ok":null/, '"ok":"0"'],
    ] as const) {
      const world = worlds.map((candidate) => JSON.stringify(candidate)).find((text) => answer.test(text));
      assert.ok(world !== undefined, `no world answers ${String(answer)}`);
      const changed = JSON.parse(world.replace(answer, another)) as World;
      assert.ok(difference(verifier, program, changed) !== undefined, String(answer));
    }
  });
}
