/** The trusted store in a browser's IndexedDB. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { StoreError } from "tuf-verifier";
import { BrowserStore } from "tuf-verifier/browser";
import { fails } from "../refused.js";
import { inChromium } from "./chromium.js";
import { blank, type Outcome, run } from "./in-page.js";

inChromium("gives back what was persisted, after a reload too", async (world) => {
  const page = await blank(world);
  await run(page, async ({ BrowserStore }) => {
    const store = new BrowserStore("kept");
    const whole = new Uint8Array([9, 1, 2, 3, 9]);
    await store.persist("rotate/a%2Fb.rotate.1", whole.subarray(1, 4));
    await store.persist("root.json", new Uint8Array([0]));
    await store.persist("root.json", whole);
    await store.persist("timestamp.json", whole);
    await store.forget("timestamp.json");
    await store.forget("snapshot.json");
  });
  await page.reload();
  const files = await run(page, async ({ BrowserStore }) => {
    const store = new BrowserStore("kept");
    const read = async (name: string): Promise<string> => `${name} ${(await store.load(name))?.join(" ")}`;
    return [...(await Promise.all((await store.names()).map(read))), await read("timestamp.json")];
  });
  assert.deepEqual(files, {
    value: ["root.json 9 1 2 3 9", "rotate/a%2Fb.rotate.1 1 2 3", "timestamp.json undefined"],
  });
});

inChromium("stores nothing but the bytes of the view that it was given", async (world) => {
  const page = await blank(world);
  const length = await run(page, async ({ BrowserStore }) => {
    const store = new BrowserStore("view");
    await store.persist("root.json", new Uint8Array(100_000).subarray(0, 10));
    return (await store.load("root.json"))?.buffer.byteLength;
  });
  assert.deepEqual(length, { value: 10 });
});

inChromium("keeps stores of other names apart, and clears one alone", async (world) => {
  const page = await blank(world);
  const names = await run(page, async ({ BrowserStore }) => {
    const [one, other] = [new BrowserStore("one"), new BrowserStore("other")];
    await one.persist("root.json", new Uint8Array(1));
    await other.persist("root.json", new Uint8Array(2));
    await one.clear();
    return [await one.names(), (await other.load("root.json"))?.length];
  });
  assert.deepEqual(names, { value: [[], 2] });
});

inChromium("rejects names that no file of a store has", async (world) => {
  const page = await blank(world);
  for (const name of ["../root.json", "root", "floors/targets", "root_history/01.root.json", "a/b.json", ""]) {
    for (const use of ["load", "persist", "forget"] as const) {
      const outcome = await run(
        page,
        ({ BrowserStore }, [use, name]) => new BrowserStore("names")[use](name, new Uint8Array(1)),
        [use, name] as const,
      );
      const message = `${JSON.stringify(name)} is no name of a file of the trusted store`;
      assert.deepEqual(outcome, { code: "store-name", message }, use);
    }
  }
});

inChromium("rejects a file that is too long, when it is written and when it is read", async (world) => {
  const page = await blank(world);
  const written = await run(page, async ({ BrowserStore }) => {
    await new BrowserStore("long").persist("root.json", new Uint8Array(11));
    await new BrowserStore("long", { maxLength: 10 }).persist("timestamp.json", new Uint8Array(11));
  });
  const read = await run(page, ({ BrowserStore }) => new BrowserStore("long", { maxLength: 10 }).load("root.json"));
  for (const [outcome, name] of [[written, "timestamp.json"], [read, "root.json"]] as const) {
    const message = `indexeddb:tuf-verifier/long/${name} is longer than 10 bytes`;
    assert.deepEqual(outcome, { code: "store-file-too-long", message });
  }
});

inChromium("reports a full disk as a store that cannot be written", async (world) => {
  const page = await blank(world);
  const session = await world.browser.newCDPSession(page);
  const { origin } = new URL(world.site.url);
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 20_000 });
  const outcome = await run(page, ({ BrowserStore }) =>
    new BrowserStore("full").persist("root.json", new Uint8Array(1_000_000)),
  );
  assert.equal("code" in outcome && outcome.code, "store-unwritable", JSON.stringify(outcome));
});

inChromium("reports bytes that somebody else replaced by something else", async (world) => {
  const page = await blank(world);
  const outcome = await run(page, async ({ BrowserStore }) => {
    const store = new BrowserStore("foreign");
    await store.persist("root.json", new Uint8Array(1));
    const request = indexedDB.open("tuf-verifier/foreign");
    const database = await new Promise<IDBDatabase>((fulfil) => (request.onsuccess = () => fulfil(request.result)));
    const transaction = database.transaction("files", "readwrite");
    transaction.objectStore("files").put("text", "root.json");
    await new Promise((fulfil) => (transaction.oncomplete = fulfil));
    await store.load("root.json");
  });
  assert.equal("code" in outcome && outcome.code, "store-unreadable");
});

inChromium("opens again after another tab deleted the database", async (world) => {
  const [page, other] = [await blank(world), await blank(world)];
  await run(page, async ({ BrowserStore }) => {
    const store = new BrowserStore("deleted");
    await store.persist("root.json", new Uint8Array(1));
    Object.assign(globalThis, { store });
  });
  await other.evaluate(async () => {
    const request = indexedDB.deleteDatabase("tuf-verifier/deleted");
    await new Promise((fulfil) => (request.onsuccess = fulfil));
  });
  const outcome = await run(page, async () => {
    const { store } = globalThis as unknown as { readonly store: BrowserStore };
    await store.persist("timestamp.json", new Uint8Array(1));
    return store.names();
  });
  assert.deepEqual(outcome, { value: ["timestamp.json"] });
});

inChromium("refuses to lock where a page has no secure context, unless that is chosen", async (world) => {
  const page = await world.browser.newPage();
  await page.goto(`http://insecure.test:${new URL(world.site.url).port}/trusted-root.json`);
  const refresh = (lock: "web-locks" | "none"): Promise<Outcome> =>
    run(
      page,
      async ({ BrowserStore, Updater }, lock) => {
        const root = await fetch("/trusted-root.json");
        const updater = new Updater({
          trustedRoot: new Uint8Array(await root.arrayBuffer()),
          metadataBaseUrl: new URL("/mirror/honest/metadata/", location.href).href,
          store: new BrowserStore("insecure", { lock }),
        });
        await updater.refresh();
        return (await new BrowserStore("insecure").names()).includes("timestamp.json");
      },
      lock,
    );
  const message = "cannot lock the trusted store tuf-verifier/insecure: there are no Web Locks here";
  assert.deepEqual(await refresh("web-locks"), { code: "store-unusable", message });
  assert.deepEqual(await refresh("none"), { value: true });
});

inChromium("reports a database of another make", async (world) => {
  const page = await blank(world);
  const outcome = await run(page, async ({ BrowserStore }) => {
    const request = indexedDB.open("tuf-verifier/newer", 2);
    const database = await new Promise<IDBDatabase>((fulfil) => (request.onsuccess = () => fulfil(request.result)));
    database.close();
    await new BrowserStore("newer").load("root.json");
  });
  assert.equal("code" in outcome && outcome.code, "store-unusable", JSON.stringify(outcome));
});

inChromium("asks the browser to keep what it stores", async (world) => {
  const page = await blank(world);
  const outcome = await run(page, async ({ BrowserStore }) => {
    const granted = await new BrowserStore("kept").keep();
    return granted === (await navigator.storage.persisted());
  });
  assert.deepEqual(outcome, { value: true });
});

test("says that there is no IndexedDB", async () => {
  const error = await fails(new BrowserStore("none").load("root.json"), StoreError, "store-unusable");
  assert.equal(error.message, "cannot open the trusted store indexeddb:tuf-verifier/none: there is no IndexedDB here");
});
