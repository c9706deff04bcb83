/** The lock of a store. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, stat, symlink, unlink, writeFile } from "node:fs/promises";
import { basename, delimiter, join, relative } from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { FolderStore, MemoryStore, type Store, StoreError } from "tuf-verifier";
import { SYSTEM_FOLDERS } from "#internal/node/lock/program.js";
import { fails } from "../refused.js";
import { Child } from "./child.js";
import { bytes, lock, temporary } from "./folder.js";

/** A process that holds the lock of this store. */
async function holder(folder: string): Promise<Child> {
  const child = Child.run("hold", [folder]);
  assert.equal(await child.line(), "locked");
  return child;
}

test("is free again when its guard is released", async (context) => {
  const store = new FolderStore(await temporary(context));
  const guard = await lock(store);
  await guard.release();
  await guard.release();
  await (await lock(store)).release();
});

test("says that it waits for another process", async (context) => {
  const folder = await temporary(context);
  const child = await holder(folder);
  let waited = 0;
  const guard = await new FolderStore(folder).lock(() => {
    waited += 1;
    void child.release();
  });
  await guard.release();
  assert.equal(waited, 1);
  assert.equal(await child.ended(), 0);
});

test("gives up after its patience", async (context) => {
  const folder = await temporary(context);
  const child = await holder(folder);
  const store = new FolderStore(folder, { patience: 20 });
  let waited = 0;
  const error = await fails(store.lock(() => (waited += 1)), StoreError, "store-busy");
  const by = process.platform === "linux" ? ` by process ${child.process.pid} (node) of user ${process.geteuid?.()}` : "";
  assert.equal(error.message, `the trusted store is in use: ${folder}/.lock was locked for 0.02 seconds${by}`);
  assert.equal(waited, 1);
  // Reading and writing need no lock.
  await store.persist("a.json", bytes("{}"));
  assert.deepEqual(await store.load("a.json"), bytes("{}"));
  assert.equal(await child.release(), 0);
  // Whoever gave up holds nothing.
  await (await lock(store)).release();
});

test("gives up a task of this process after its patience", async (context) => {
  const folder = await temporary(context);
  const guard = await lock(new FolderStore(folder));
  await fails(new FolderStore(folder, { patience: 20 }).lock(() => undefined), StoreError, "store-busy");
  await guard.release();
  await (await lock(new FolderStore(folder))).release();
});

test("gives up when it is told to, whoever holds the lock", async (context) => {
  const folder = await temporary(context);
  const child = await holder(folder);
  const store = new FolderStore(folder);
  const reason = new Error("enough");
  const ending = new AbortController();
  await assert.rejects(store.lock(() => ending.abort(reason), ending.signal), reason);
  await assert.rejects(store.lock(() => undefined, AbortSignal.abort(reason)), reason);
  await child.release();
  const guard = await lock(store);
  const again = new AbortController();
  await assert.rejects(store.lock(() => again.abort(reason), again.signal), reason);
  await guard.release();
  await (await lock(store)).release();
});

test("ends with its process", async (context) => {
  const folder = await temporary(context);
  const child = await holder(folder);
  child.process.kill("SIGKILL");
  assert.equal(await child.ended(), "SIGKILL");
  await (await lock(new FolderStore(folder))).release();
});

test("ends with a process that waited for it", async (context) => {
  const folder = await temporary(context);
  const guard = await lock(new FolderStore(folder));
  const child = Child.run("hold", [folder]);
  assert.equal(await child.line(), "waiting");
  child.process.kill("SIGKILL");
  assert.equal(await child.ended(), "SIGKILL");
  await guard.release();
  // The program that took the lock for it may live for a moment longer, and then ends by itself.
  await (await new FolderStore(folder).lock(() => undefined)).release();
});

test("ends with its guard while programs run that were started before and after", async (context) => {
  const folder = await temporary(context);
  const store = new FolderStore(folder);
  const programs = [spawn("cat"), spawn("cat", { stdio: "inherit" })];
  const guard = await lock(store);
  programs.push(spawn("cat"), spawn("cat", { detached: true }));
  await guard.release();
  const child = await holder(folder);
  await child.release();
  programs.forEach((program) => program.kill());
});

/**
 * Between its fork and its exec, a process that another thread starts has a copy of every open file: a release can take that long,
 * and no longer.
 */
test("is had again and again while another thread starts programs", async (context) => {
  const store = new FolderStore(await temporary(context));
  const starter = new Worker(
    `const { spawn } = require("node:child_process");
    for (let count = 0; count < 300; count += 1) {
      spawn("there is no such program").on("error", () => undefined);
    }`,
    { eval: true },
  );
  let isStarting = true;
  starter.once("exit", () => (isStarting = false));
  while (isStarting) {
    await (await store.lock(() => undefined)).release();
  }
});

/** One task holds the lock, another asks for it, is told to wait, and gets it. */
async function keepsTasksApart(first: Store, second: Store): Promise<void> {
  const events: string[] = [];
  const guard = await lock(first);
  const waiting = second.lock(() => events.push("waiting"));
  const other = waiting.then(async (guard) => {
    events.push("locked");
    await guard.release();
  });
  while (events.length === 0) {
    await new Promise(setImmediate);
  }
  // Whoever does not wait has it by now.
  for (let turn = 0; turn < 10; turn += 1) {
    await new Promise(setImmediate);
  }
  events.push("released");
  await guard.release();
  await other;
  assert.deepEqual(events, ["waiting", "released", "locked"]);
}

test("keeps tasks apart in a folder", async (context) => {
  const folder = await temporary(context);
  const again = `${folder}/../${basename(folder)}/.`;
  const linked = join(await temporary(context), "link");
  await symlink(folder, linked);
  for (const other of [again, linked]) {
    await keepsTasksApart(new FolderStore(folder), new FolderStore(other));
    await keepsTasksApart(new FolderStore(folder, { lock: "process" }), new FolderStore(other, { lock: "process" }));
  }
});

test("keeps tasks apart in memory", async () => {
  const store = new MemoryStore();
  await keepsTasksApart(store, store);
});

test("lets one task in at a time", async (context) => {
  const folder = await temporary(context);
  let inside = 0;
  const task = async (): Promise<void> => {
    const guard = await new FolderStore(folder).lock(() => undefined);
    inside += 1;
    assert.equal(inside, 1);
    await new FolderStore(folder).persist("a.json", bytes("x"));
    inside -= 1;
    await guard.release();
  };
  await Promise.all(Array.from({ length: 10 }, task));
});

test("lets tasks in in the order of arrival", async () => {
  const store = new MemoryStore();
  const order: number[] = [];
  const task = async (number: number): Promise<void> => {
    const guard = await store.lock(() => undefined);
    order.push(number);
    await guard.release();
  };
  await Promise.all([0, 1, 2, 3, 4].map(task));
  assert.deepEqual(order, [0, 1, 2, 3, 4]);
});

test("never goes without a lock unless it is told to", async (context) => {
  const folder = await temporary(context);
  const folders = SYSTEM_FOLDERS.splice(0);
  context.after(() => SYSTEM_FOLDERS.push(...folders));
  for (const store of [new FolderStore(folder), FolderStore.readOnly(folder)]) {
    await new FolderStore(folder, { lock: "process" }).persist("root.json", bytes("{}"));
    await writeFile(`${folder}/.lock`, "");
    const error = await fails(store.lock(() => undefined), StoreError, "store-unusable");
    assert.equal(error.message, `cannot open the trusted store ${folder}/.lock`);
    assert.match(error.advice ?? "", /install the program `flock`.*`lock: "process"`/);
  }
  await (await lock(new FolderStore(folder, { lock: "process" }))).release();
});

/** A package may bring a program of any name, which package managers put in front of the search path. */
test("rejects a program that a package put on the search path", async (context) => {
  const folder = await temporary(context);
  const bin = join(folder, "node_modules", ".bin");
  const [mark, secret] = [join(folder, "mark"), "correct horse"];
  await mkdir(bin, { recursive: true });
  await writeFile(join(bin, "flock"), `#!/bin/sh\nenv >'${mark}'\n`);
  await chmod(join(bin, "flock"), 0o755);
  const before = process.env["PATH"];
  const restore = (): void => {
    process.env["PATH"] = before;
    delete process.env["TUFREPO_PASSPHRASE"];
  };
  context.after(restore);
  process.env["TUFREPO_PASSPHRASE"] = secret;
  for (const first of [bin, relative(process.cwd(), bin)]) {
    process.env["PATH"] = [first, before].join(delimiter);
    const store = new FolderStore(join(folder, "store"));
    const guard = await lock(store);
    assert.equal(existsSync(mark), false, "the package's program was run");
    await guard.release();
  }
});

const asOthers = process.geteuid?.() === 0 ? {} : { skip: "only root can act as another user" };

/** Opening a file to read it is enough to hold its lock for ever. */
test("rejects a stranger who would hold the lock for ever", asOthers, async (context) => {
  const folder = await temporary(context);
  await chmod(folder, 0o755);
  const path = `${folder}/.lock`;
  const hold = (): number | null =>
    spawnSync("flock", ["-n", path, "true"], { uid: 4321, gid: 4321, stdio: "ignore" }).status;
  await writeFile(path, "", { mode: 0o644 });
  assert.equal(hold(), 0);
  // Made for everybody by an earlier version, and anew.
  for (const again of [false, true]) {
    if (again) {
      await unlink(path);
    }
    await (await lock(new FolderStore(folder))).release();
    assert.notEqual(hold(), 0);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }
});

/** Who shares the folder could have any file of the owner's made, opened, or given another mode. */
test("rejects a lock file that is a link or a pipe", async (context) => {
  const folder = await temporary(context);
  const elsewhere = await temporary(context);
  const [path, victim, made] = [join(folder, ".lock"), join(elsewhere, "victim"), join(elsewhere, "made")];
  await writeFile(victim, "");
  await chmod(victim, 0o755);
  await writeFile(join(folder, "root.json"), "");
  for (const target of [victim, made]) {
    await symlink(target, path);
    await fails(lock(new FolderStore(folder)), StoreError, "store-unusable");
    // A reader does without.
    await (await lock(FolderStore.readOnly(folder))).release();
    await unlink(path);
  }
  assert.ok(!existsSync(made));
  assert.equal((await stat(victim)).mode & 0o777, 0o755);
  // A second name of a file of one's own: locked, but its mode stays.
  await link(victim, path);
  await (await lock(new FolderStore(folder))).release();
  assert.equal((await stat(victim)).mode & 0o777, 0o755);
  await unlink(path);
  assert.equal(spawnSync("mkfifo", [path]).status, 0);
  await fails(lock(new FolderStore(folder)), StoreError, "store-unusable");
  await (await lock(FolderStore.readOnly(folder))).release();
});
