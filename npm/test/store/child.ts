/** Processes that use a store: this file is also the program that they run. */

import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { on } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { FolderStore, StoreError } from "tuf-verifier";
import { updateAgain } from "./crowd.js";
import { killAt, update } from "./kill.js";

/** A process that runs one of the programs below. */
export class Child {
  readonly process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<unknown[]>;
  readonly #ended: Promise<number | NodeJS.Signals | null>;

  private constructor(command: string, args: readonly string[], options: { readonly uid?: number }) {
    this.process = spawn(command, args, { ...options, stdio: "pipe" });
    this.process.stderr.pipe(process.stderr);
    const lines = createInterface(this.process.stdout);
    this.#lines = on(lines, "line", { close: ["close"] });
    this.#ended = new Promise((resolve, reject) => {
      this.process.once("error", reject);
      this.process.once("close", (code, signal) => resolve(signal ?? code));
    });
  }

  /** Runs the program of this name. */
  static run(program: Program, args: readonly string[], options: { readonly uid?: number } = {}): Child {
    return new Child(process.execPath, [fileURLToPath(import.meta.url), program, ...args], options);
  }

  /** Runs another program than Node. */
  static native(command: string, ...args: readonly string[]): Child {
    return new Child(command, args, {});
  }

  /** The next line that it prints; `undefined` at the end. */
  async line(): Promise<string | undefined> {
    const next = await this.#lines.next();
    return next.done === true ? undefined : String(next.value[0]);
  }

  /** Its status, once it has ended. */
  ended(): Promise<number | NodeJS.Signals | null> {
    return this.#ended;
  }

  /** Lets it go on to its end. */
  release(): Promise<number | NodeJS.Signals | null> {
    this.process.stdin.end();
    return this.#ended;
  }
}

/** Ends with standard input. */
function inputEnds(): Promise<void> {
  return new Promise((resolve) => process.stdin.resume().once("end", resolve));
}

const programs = {
  /** Holds the lock until its input ends. */
  async hold(folder: string): Promise<void> {
    const guard = await new FolderStore(folder).lock(() => console.log("waiting"));
    console.log("locked");
    await inputEnds();
    await guard.release();
  },
  /** Tries what writes, and prints each code. */
  async write(folder: string): Promise<void> {
    const store = new FolderStore(folder);
    const tries = [
      () => store.lock(() => undefined),
      () => store.persist("root.json", new Uint8Array([1])),
      () => store.forget("root.json"),
    ];
    for (const attempt of tries) {
      await attempt().then(
        () => console.log("done"),
        (error: unknown) => console.log(error instanceof StoreError ? `${error.code}: ${error.advice}` : String(error)),
      );
    }
    console.log(new TextDecoder().decode(await store.load("root.json")));
  },
  /** Locks and reads a store that is only read, writes to it, and prints what it reads before and afterwards. */
  async read(folder: string): Promise<void> {
    const store = FolderStore.readOnly(folder);
    const guard = await store.lock(() => console.log("waiting"));
    const show = async (): Promise<void> => console.log(new TextDecoder().decode(await store.load("root.json")));
    await show();
    await store.persist("root.json", new TextEncoder().encode("new"));
    await show();
    await guard.release();
  },
  /** Updates the store until it is killed at this step, and prints `done` where it comes to its end. */
  async update(folder: string, step: string): Promise<void> {
    await killAt(Number(step));
    await update(new FolderStore(folder));
    console.log("done");
  },
  /** Updates the store again and again, as others do. */
  crowd: (folder: string): Promise<void> => updateAgain(new FolderStore(folder)),
};

type Program = keyof typeof programs;

const [, path, program, ...args] = process.argv;
if (path === fileURLToPath(import.meta.url)) {
  const [folder = "", step = ""] = args;
  await programs[program as Program](folder, step);
}
