/** The tests of one engine: every shared world, and that a difference would be noticed. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Verifier } from "tuf-verifier";
import type { Workflow } from "./client.js";
import { courseOf } from "./course.js";
import { type Program, recorded, reasonMissing, type World } from "./files.js";
import { follow } from "./follow.js";
import { difference } from "./replay.js";

/** Programs whose worlds are repeated. */
const PROGRAMS = ["workflow", "advisories", "verdicts", "generated"];

/** How many worlds that differ are shown. */
const SHOWN = 5;

/** What finds a difference in a world; `null` where it cannot follow the world. */
type Finder = (program: Program, world: World) => string | undefined | null | Promise<string | undefined | null>;

/** Declares the tests of an engine. */
export function testWorlds(engine: string, verifier: Verifier, instantiate: () => Workflow): void {
  const skip = reasonMissing(`the shared worlds in ${engine}`) ?? false;
  for (const name of PROGRAMS) {
    test(`${engine}: the worlds of ${name} answer as they did natively`, { skip }, async (context) => {
      context.diagnostic(await each(name, (program, world) => difference({ verifier, instantiate }, program, world)));
    });
  }
  test(`${engine}: another answer is noticed`, { skip }, () =>
    noticesAnotherAnswer((program, world) => difference({ verifier, instantiate }, program, world)),
  );
}

/** Declares the tests of the updater over an engine. */
export function testUpdater(engine: string, verifier: Verifier): void {
  const skip = reasonMissing(`the shared worlds with an updater over ${engine}`) ?? false;
  const follower: Finder = (program, world) => {
    const course = courseOf(program, world);
    return course === undefined ? null : follow(verifier, course);
  };
  for (const name of PROGRAMS) {
    test(`${engine}: an updater follows the worlds of ${name}`, { skip }, async (context) => {
      context.diagnostic(await each(name, follower));
    });
  }
  test(`${engine}: an updater notices another answer`, { skip }, () => noticesAnotherAnswer(follower));
}

/**
 * Shows every world of a program to a finder of differences, and says how many it could follow. The others are counted by the
 * call that they begin with.
 */
async function each(name: string, find: Finder): Promise<string> {
  const program = recorded(name);
  let [count, followed] = [0, 0];
  const left = new Map<string, number>();
  const differences: string[] = [];
  for (const world of program.worlds()) {
    count += 1;
    const found = await find(program, world);
    if (found === null) {
      const first = world.calls[0]!.call;
      left.set(first, (left.get(first) ?? 0) + 1);
    } else {
      followed += 1;
    }
    if (typeof found === "string") {
      differences.push(`${world.name}, ${found}`);
    }
  }
  const hint = "Worlds of other sources than the verifier's? `cargo xtask shared-worlds` records them.";
  const shown = differences.slice(0, SHOWN).join("\n");
  assert.equal(differences.length, 0, `${differences.length} of ${count} worlds differ. ${hint}\n${shown}`);
  assert.notEqual(followed, 0, "nothing was compared");
  const others = [...left].map(([call, worlds]) => `; ${worlds} that begin with ${call} were not followed`);
  return `${followed} of ${count} worlds${others.join("")}`;
}

/** What would be the use of a comparison that finds nothing? */
async function noticesAnotherAnswer(find: Finder): Promise<void> {
  const program = recorded("advisories");
  const worlds = [...program.worlds()].filter((world) => courseOf(program, world) !== undefined);
  for (const [answer, another] of [
    [/"code":"rollback"/g, '"code":"freeze"'],
    [/"message":"[^"]/g, '"message":"~'],
    [/"trusted":"3"/g, '"trusted":"4"'],
    [/"max-length":"512000"/g, '"max-length":"512001"'],
    [/"name":"timestamp.json"/g, '"name":"other.json"'],
  ] as const) {
    const world = worlds.map((candidate) => JSON.stringify(candidate)).find((text) => text.search(answer) >= 0);
    assert.ok(world !== undefined, `no world answers ${String(answer)}`);
    const changed = JSON.parse(world.replace(answer, another)) as World;
    assert.equal(typeof (await find(program, changed)), "string", String(answer));
  }
}
