/** A process that is killed at one step of a series of writes. */

import fs from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import type { Store } from "tuf-verifier";
import { bytes, lock } from "./folder.js";

/** What an update with a new root, whose timestamp key rotated, does to a store. `undefined` deletes. */
export const WRITES: readonly (readonly [string, string | undefined])[] = [
  ["root_history/2.root.json", "new root"],
  ["root.json", "new root"],
  ["timestamp.json", undefined],
  ["timestamp.json", "new timestamp"],
  ["a%2Fb.json", "new role"],
];

/** Some pages of text. */
export function content(text: string): string {
  return text.repeat(2_000);
}

/** The update. */
export async function update(store: Store): Promise<void> {
  const guard = await lock(store);
  for (const [name, text] of WRITES) {
    await (text === undefined ? store.forget(name) : store.persist(name, bytes(content(text))));
  }
  await guard.release();
}

/**
 * Has this process killed before its call of the file system of this number, or in the midst of it where it writes. The calls
 * that change something are counted, and those that make it last.
 */
export async function killAt(step: number): Promise<void> {
  let calls = 0;
  const count = (): boolean => {
    calls += 1;
    return calls === step;
  };
  const die = (): never => {
    process.kill(process.pid, "SIGKILL");
    throw new Error("it lives on");
  };
  const patched = fs as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of ["open", "rename", "unlink", "mkdir"]) {
    const original = patched[name];
    patched[name] = async (...args) => (count() ? die() : original?.(...args));
  }
  syncBuiltinESMExports();
  const file = await fs.open("/dev/null");
  const prototype = Object.getPrototypeOf(file) as typeof file;
  await file.close();
  const { sync, writeFile } = prototype;
  prototype.sync = function (this: typeof file): Promise<void> {
    return count() ? die() : sync.call(this);
  };
  prototype.writeFile = async function (this: typeof file, data: unknown): Promise<void> {
    const whole = data as Uint8Array;
    if (count()) {
      await this.write(whole.subarray(0, whole.length / 2));
      die();
    }
    return writeFile.call(this, whole);
  };
  calls = 0;
}
