/** Tabs that use one trusted store at once. */

import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import type { BrowserStore, Guard } from "tuf-verifier/browser";
import { inChromium, type World } from "./chromium.js";
import { blank, type Outcome, run } from "./in-page.js";

/** What a tab keeps between the calls of a test. */
type Tab = typeof globalThis & { store: BrowserStore; guard: Guard; waiting: Promise<unknown> };

inChromium("lets two tabs refresh at once, four updaters each", async (world) => {
  const tabs = await twoTabs(world);
  const refreshed = await Promise.all(tabs.map((tab) => refresh(tab, "honest", 4)));
  assert.deepEqual(refreshed, [{ value: [41, 41, 41, 41] }, { value: [41, 41, 41, 41] }]);
  const after = await run(tabs[0], async ({ BrowserStore, Updater }) => {
    const store = new BrowserStore("shared");
    const updater = new Updater({ store, settings: { access: "store" } });
    await updater.refresh();
    return [updater.report?.notices.length, await store.names()];
  });
  const roots = ["root.json", ...[1, 2, 3].map((version) => `root_history/${version}.root.json`)];
  const others = ["snapshot.json", "targets.json", "timestamp.json"];
  assert.deepEqual(after, { value: [0, ["floors/root", "floors/snapshot", "floors/timestamp", ...roots, ...others]] });
});

inChromium("refuses in one tab what goes back behind another, and after a reload", async (world) => {
  const [one, other] = await twoTabs(world);
  assert.deepEqual(await refresh(one, "replay", 1), { value: [40] });
  assert.deepEqual(await refresh(other, "honest", 1), { value: [41] });
  await one.reload();
  assert.deepEqual(await refresh(one, "replay", 1), {
    code: "rollback",
    message: "rollback attack: timestamp version 40 was offered, version 41 is trusted",
  });
});

inChromium("refuses in a worker what goes back behind a tab", async (world) => {
  const tab = await blank(world);
  assert.deepEqual(await refresh(tab, "honest", 1), { value: [41] });
  const body = `
    import { BrowserStore, Updater } from "/package/dist/browser.js";
    const metadataBaseUrl = new URL("/mirror/replay/metadata/", location.href).href;
    const updater = new Updater({ metadataBaseUrl, store: new BrowserStore("shared") });
    updater.refresh().then(() => postMessage("accepted"), ({ code }) => postMessage(code));
  `;
  await tab.route("**/worker.js", (route) => route.fulfill({ contentType: "text/javascript", body }));
  // The page's policy takes no text for the URL of a script.
  const answer = await tab.evaluate(`new Promise((fulfil, reject) => {
    const policy = trustedTypes.createPolicy("test", { createScriptURL: (url) => url });
    const worker = new Worker(policy.createScriptURL("/worker.js"), { type: "module" });
    worker.onmessage = ({ data }) => fulfil(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  })`);
  assert.equal(answer, "rollback");
});

inChromium("keeps tabs out of each other's cycles", async (world) => {
  const tabs = await twoTabs(world);
  const count = (tab: Page): Promise<Outcome> =>
    run(tab, async ({ BrowserStore }) => {
      const channel = new BroadcastChannel("both are here");
      await new Promise<unknown>((met) => {
        channel.onmessage = ({ data }) => met(data === "here" && channel.postMessage("met"));
        channel.postMessage("here");
      });
      const store = new BrowserStore("counted");
      for (let round = 0; round < 20; round += 1) {
        const guard = await store.lock(() => undefined);
        const before = (await store.load("refreshed"))?.[0] ?? 0;
        await store.persist("refreshed", new Uint8Array([before + 1]));
        await guard.release();
      }
    });
  await Promise.all(tabs.map(count));
  const counted = await run(tabs[0], async ({ BrowserStore }) => (await new BrowserStore("counted").load("refreshed"))?.[0]);
  assert.deepEqual(counted, { value: 40 });
});

inChromium("gives the lock of a closed tab to the one that waits", async (world) => {
  const [holder, other] = await twoTabs(world);
  await hold(holder);
  await run(other, async ({ BrowserStore }) => {
    const tab = globalThis as Tab;
    await new Promise<void>((told) => {
      tab.waiting = new BrowserStore("held").lock(told).then((guard) => guard.release());
    });
  });
  await holder.close();
  assert.deepEqual(await run(other, () => (globalThis as Tab).waiting.then(() => "locked")), { value: "locked" });
});

inChromium("gives up a lock that is held for too long", async (world) => {
  const [holder, other] = await twoTabs(world);
  await hold(holder);
  const outcome = await run(other, async ({ BrowserStore }) => {
    await new BrowserStore("held", { patience: 1 }).lock(() => undefined);
  });
  const message = "the trusted store is in use: tuf-verifier/held was locked for 0.001 seconds";
  assert.deepEqual(outcome, { code: "store-busy", message });
});

inChromium("stops waiting with the reason of the signal", async (world) => {
  const [holder, other] = await twoTabs(world);
  await hold(holder);
  const outcome = await run(other, async ({ BrowserStore }) => {
    const controller = new AbortController();
    await new BrowserStore("held").lock(() => controller.abort(new RangeError("enough")), controller.signal);
  });
  assert.deepEqual(outcome, { code: "RangeError", message: "enough" });
  await run(holder, () => (globalThis as Tab).guard.release());
  const free = await run(other, async ({ BrowserStore }) => {
    let waited = false;
    const guard = await new BrowserStore("held").lock(() => (waited = true));
    await guard.release();
    return waited;
  });
  assert.deepEqual(free, { value: false });
});

/** Refreshes the store `shared` with this many updaters at once; the timestamp's version that each reports. */
function refresh(tab: Page, mirror: string, updaters: number): Promise<Outcome> {
  return run(
    tab,
    async ({ BrowserStore, Updater }, [mirror, updaters]) => {
      const root = await fetch("/trusted-root.json");
      const trustedRoot = new Uint8Array(await root.arrayBuffer());
      const metadataBaseUrl = new URL(`/mirror/${mirror}/metadata/`, location.href).href;
      const one = async (): Promise<number> => {
        const updater = new Updater({ trustedRoot, metadataBaseUrl, store: new BrowserStore("shared") });
        await updater.refresh();
        return Number(updater.report?.timestamp.version);
      };
      return Promise.all(Array.from({ length: updaters }, one));
    },
    [mirror, updaters] as const,
  );
}

/** Lets a tab take the lock of the store `held`, and keep it. */
async function hold(tab: Page): Promise<void> {
  const outcome = await run(tab, async ({ BrowserStore }) => {
    (globalThis as Tab).guard = await new BrowserStore("held").lock(() => undefined);
  });
  assert.deepEqual(outcome, { value: undefined });
}

async function twoTabs(world: World): Promise<readonly [Page, Page]> {
  return [await blank(world), await blank(world)];
}
