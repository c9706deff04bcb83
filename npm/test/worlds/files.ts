/** The files of the shared worlds: `docs/shared-worlds.md` has their form. */

import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The form that is read here. */
const FORMAT = 1;

/** Where the worlds are, seen from the compiled file. */
const FOLDER = fileURLToPath(new URL("../../../../target/shared-worlds/", import.meta.url));

/** JSON as it is read. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Calls that were made natively, with their answers. */
export interface World {
  readonly name: string;
  readonly calls: readonly Call[];
}

/** A call, and what it answered. */
export interface Call {
  /** The function, as WIT names it, without the kind of function. */
  readonly call: string;
  /** Number of the resource whose method it is. */
  readonly on?: number;
  /** Arguments. */
  readonly with?: readonly Json[];
  /** The answer. */
  readonly gives: Json;
}

/** What a program recorded. */
export interface Program {
  /** Name of the program. */
  readonly name: string;
  /** Its worlds, one by one. */
  worlds(): Iterable<World>;
  /** Bytes by their SHA-256. */
  bytes(digest: string): Uint8Array;
}

/** Why there are no worlds; `undefined` where there are. A whole run counts the skip. */
export function reasonMissing(test: string): string | undefined {
  if (existsSync(FOLDER)) {
    return undefined;
  }
  const reason = "no worlds were recorded: run `cargo xtask shared-worlds`";
  const skips = process.env["TUF_TEST_SKIPS"];
  if (skips !== undefined) {
    appendFileSync(skips, `SKIPPED ${test}: ${reason}\n`);
  }
  return reason;
}

/** What a program recorded, all of it: fewer worlds than the index counts are an error. */
export function recorded(name: string): Program {
  const { format, programs } = JSON.parse(text("index.json")) as { format: number; programs: Record<string, number> };
  assert.equal(format, FORMAT, "worlds of another form");
  const lines = text(`${name}.worlds`).split("\n").slice(0, -1);
  assert.ok(lines.length > 0 && lines.length === programs[name], `${name}: ${lines.length} worlds of ${programs[name]}`);
  const all = readFileSync(FOLDER + `${name}.bytes`);
  const places = new Map(text(`${name}.index`).split("\n").slice(0, -1).map(place));
  return {
    name,
    *worlds() {
      for (const line of lines) {
        yield JSON.parse(line) as World;
      }
    },
    bytes(digest) {
      const found = places.get(digest);
      assert.ok(found !== undefined, `no bytes of ${digest}`);
      return all.subarray(found.offset, found.offset + found.length);
    },
  };
}

/** A line of the index: a digest, an offset and a length. */
function place(line: string): [string, { readonly offset: number; readonly length: number }] {
  const [digest = "", offset, length] = line.split(" ");
  return [digest, { offset: Number(offset), length: Number(length) }];
}

function text(name: string): string {
  return readFileSync(FOLDER + name, "utf8");
}
