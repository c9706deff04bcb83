/** The demonstration page: what a mirror does, and what its visitor is shown. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import axe from "axe-core";
import type { Page } from "playwright-core";
import { verifierDigest } from "tuf-verifier";
import { complaints, inChromium } from "./chromium.js";
import { PROJECT } from "./site.js";

/** What the page must show of a mirror. */
interface Shown {
  readonly mirror: string;
  readonly kind: "refused" | "no-verdict";
  readonly title: string;
  readonly sentence: RegExp;
  readonly code: string;
  /** The roles that moved on, because what was served of them was rightly signed. */
  readonly moved?: readonly string[];
  /** Files of the mirror, beside the next root metadata, that Chromium says it did not get. */
  readonly failing?: readonly string[];
}

const SHOWN: readonly Shown[] = [
  refusal(
    "foreign-keys",
    "arbitrary-software",
    "arbitrary software attack: timestamp has 0 valid signatures by distinct trusted keys, root version 3 demands 1",
  ),
  refusal(
    "one-stolen-key",
    "arbitrary-software",
    "arbitrary software attack: releases has 1 valid signatures by distinct trusted keys, targets version 7 demands 2",
    ["timestamp", "snapshot"],
  ),
  refusal("replay", "rollback", "rollback attack: timestamp version 40 was offered, version 41 is trusted"),
  refusal(
    "older-snapshot",
    "rollback",
    "rollback attack: timestamp lists snapshot version 16, version 17 is trusted",
  ),
  refusal(
    "expired",
    "freeze",
    "freeze attack: timestamp version 42 expired at TIME, the update started at TIME",
  ),
  refusal(
    "half-copied",
    "mix-and-match",
    "mix-and-match attack: linux metadata: the sha256 digest differs from the listed one",
    ["timestamp", "snapshot", "targets"],
  ),
  refusal(
    "endless",
    "endless-data",
    "endless data attack: timestamp.json is longer than 16384 bytes, the limit of the setting timestamp-max-length",
  ),
  refusal(
    "changed-target",
    "wrong-software",
    "wrong software: target releases/linux/lantern-2.1.tar.gz: the sha256 digest differs from the listed one",
  ),
  refusal(
    "revoked",
    "revoked",
    "revoked: the keys of plugins have revoked the role, in rotate file 1",
    ["timestamp", "snapshot", "targets"],
  ),
  {
    ...refusal("portal", "malformed-json", "malformed metadata: timestamp.json: no JSON value (at byte 0)"),
    title: "This is no metadata.",
  },
  {
    ...refusal("withheld", "missing-metadata", "missing metadata: the repository has no timestamp.json"),
    title: "A file is not where it must be.",
    failing: ["timestamp.json"],
  },
  noVerdict("unavailable", "source-status", /^the server answered 503 for .*\/mirror\/unavailable\/metadata\/4\.root\.json$/),
  noVerdict("unreachable", "source-unreachable", /^cannot reach .*\/mirror\/unreachable\/metadata\/4\.root\.json$/),
];

for (const shown of SHOWN) {
  inChromium(`shows ${shown.mirror} as ${shown.code}`, async ({ site, browser }) => {
    const page = await browser.newPage();
    const complained = complaints(page);
    await page.goto(site.url);
    await shows(page, "honest");
    await page.click(`button[data-mirror=${shown.mirror}]`);
    await shows(page, shown.mirror);

    assert.equal(await page.getAttribute("#verdict > .verdict", "data-kind"), shown.kind);
    assert.equal(await page.innerText("#verdict h2"), shown.title);
    assert.match(await page.innerText(".sentence"), shown.sentence);
    assert.equal(await page.innerText(".facts dd"), shown.code);
    assert.deepEqual(await moved(page), shown.moved ?? []);
    assert.deepEqual(complained.map(pathOf), expectedComplaints(shown));

    await page.click("button[data-mirror=honest]");
    await shows(page, "honest");
    assert.equal(await page.getAttribute("#verdict > .verdict", "data-kind"), "verified");
  });
}

inChromium("shows the chain, the way to a target, and the digest of the native hosts", async ({ site, browser }) => {
  const page = await browser.newPage();
  await page.goto(site.url);
  await shows(page, "honest");

  const versions = await page.$$eval(".link:has(> .head .version)", (links) =>
    links.map((link) => `${link.getAttribute("data-role")} ${link.querySelector(".version")?.textContent}`),
  );
  const expected = ["root version 3", "timestamp version 41", "snapshot version 17", "targets version 7"];
  assert.deepEqual(versions, [...expected, "releases version 9", "linux version 13"]);
  assert.match(await page.innerText("[data-role=releases] > .keys"), /2 of 3 keys must sign; targets lists them/);
  assert.equal(await page.locator("[data-role=releases] > .keys .signed").count(), 2);
  assert.deepEqual(await page.locator(".way li").allInnerTexts(), [
    "targets",
    "releases by releases/*/*",
    "linux by releases/linux/*",
  ]);
  assert.match(await page.innerText("[data-role=root] > .expiry .clock"), /^364 days [0-9]{2}:[0-9]{2}:[0-9]{2}$/);
  assert.match(await page.innerText("#verdict"), /every check was made as the specification demands/);

  const native = readFileSync(path.join(PROJECT, "wasm/host/artifacts/tuf-verifier.core.wasm"));
  const digest = createHash("sha256").update(native).digest("hex");
  assert.equal(await page.innerText("#digest"), digest);
  assert.equal(verifierDigest, digest);
});

inChromium("answers that a target is not listed, which is no refusal", async ({ site, browser }) => {
  const page = await browser.newPage();
  await page.goto(site.url);
  await shows(page, "honest");
  await page.selectOption("#path", "releases/linux/lantern-9.9.tar.gz");
  await page.click("button[data-mirror=honest]");
  await shows(page, "honest");
  assert.equal(await page.getAttribute("#verdict > .verdict", "data-kind"), "not-found");
  assert.match(await page.innerText("#verdict"), /is listed by no role that may speak for it \(absent\)/);
});

inChromium("refuses a rollback after a reload, unless the client has forgotten", async ({ site, browser }) => {
  const page = await browser.newPage();
  await page.goto(site.url);
  await shows(page, "honest");
  await page.reload();
  await shows(page, "honest");
  await page.click("button[data-mirror=replay]");
  await shows(page, "replay");
  assert.equal(await page.innerText(".facts dd"), "rollback");

  await page.selectOption("#path", "install.sh");
  await page.check("#newcomer");
  await page.click("button[data-mirror=replay]");
  await shows(page, "replay");
  assert.equal(await page.getAttribute("#verdict > .verdict", "data-kind"), "verified");

  await page.uncheck("#newcomer");
  await page.click("#forget");
  await shows(page, "");
  assert.equal(await page.innerText("#chain"), "Nothing is trusted yet.");
  await page.click("button[data-mirror=replay]");
  await shows(page, "replay");
  assert.equal(await page.getAttribute("#verdict > .verdict", "data-kind"), "verified");
});

inChromium("works by keyboard alone, with a name for every control", async ({ site, browser }) => {
  const page = await browser.newPage();
  await page.goto(site.url);
  await shows(page, "honest");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Skip to the verdict");
  const names: string[] = [];
  for (let control = 0; control < 8; control += 1) {
    await page.keyboard.press("Tab");
    names.push(await focusedName(page));
  }
  assert.deepEqual(names.slice(0, 2), ["The file asked for", "by a client that has never been here"]);
  assert.equal(names[5], "Rollback");
  await page.locator("button[data-mirror=replay]").focus();
  await page.keyboard.press("Enter");
  await shows(page, "replay");
  assert.equal(await page.getAttribute("button[data-mirror=replay]", "aria-pressed"), "true");
  assert.equal(await page.getAttribute("button[data-mirror=honest]", "aria-pressed"), "false");
});

for (const colorScheme of ["light", "dark"] as const) {
  inChromium(`gives axe nothing to object to, and fits into a narrow window, ${colorScheme}`, async ({ site, browser }) => {
    const page = await browser.newPage();
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width: 320, height: 640 });
    await page.goto(site.url);
    await shows(page, "honest");
    for (const mirror of ["honest", "one-stolen-key", "unreachable"]) {
      await page.click(`button[data-mirror=${mirror}]`);
      await shows(page, mirror);
      await page.click("summary");
      assert.deepEqual(await objections(page), [], mirror);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, mirror);
    }
  });
}

inChromium("asks nobody but its own origin, and runs under its policy", async ({ site, browser }) => {
  const page = await browser.newPage();
  const asked = new Set<string>();
  page.on("request", (request) => asked.add(new URL(request.url()).origin));
  const response = await page.goto(site.url);
  await shows(page, "honest");
  assert.deepEqual([...asked], [new URL(site.url).origin]);
  const policy = response?.headers()["content-security-policy"] ?? "";
  assert.match(policy, /^default-src 'self'; script-src 'self' 'wasm-unsafe-eval';/);
  for (const name of ["..%2f..%2fpackage.json", "package/package.json", "package/src/node.ts", "mirror/.hidden"]) {
    assert.equal((await page.request.get(`${site.url}${name}`)).status(), 404, name);
  }
});

/** The rules of accessibility that the page breaks, as axe tells them. */
async function objections(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
}

/** The label of the focused control, or its first line. */
function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    const isField = activeElement instanceof HTMLInputElement || activeElement instanceof HTMLSelectElement;
    const label = isField ? activeElement.labels?.[0] : activeElement?.querySelector(".name");
    return (label ?? activeElement)?.textContent?.trim() ?? "";
  });
}

function refusal(mirror: string, code: string, sentence: string, moved: readonly string[] = []): Shown {
  const exact = sentence.replaceAll(/[.()]/g, "\\$&").replaceAll("TIME", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z");
  const title = `An attack was stopped: ${code}.`;
  return { mirror, kind: "refused", title, sentence: new RegExp(`^${exact}$`), code, moved };
}

function noVerdict(mirror: string, code: string, sentence: RegExp): Shown {
  const title = "Nothing is known of releases/linux/lantern-2.1.tar.gz.";
  return { mirror, kind: "no-verdict", title, sentence, code };
}

/** Waits until the page shows what came of this mirror. */
async function shows(page: Page, mirror: string): Promise<void> {
  await page.waitForSelector(`#result[aria-busy=false][data-mirror="${mirror}"]`);
}

/** The roles whose version after the visit is another than before. */
function moved(page: Page): Promise<string[]> {
  return page.$$eval("tr.moved th", (cells) => cells.map((cell) => cell.textContent ?? ""));
}

/** Every refresh asks for the next root metadata, and that there is none is told by Chromium as an error. */
function expectedComplaints({ mirror, failing }: Shown): string[] {
  const files = ["4.root.json", ...(failing ?? [])].map((name) => `/mirror/${mirror}/metadata/${name}`);
  return ["/mirror/honest/metadata/4.root.json", ...files];
}

function pathOf(complaint: string): string {
  assert.match(complaint, /^Failed to load resource: /);
  return complaint.slice(complaint.lastIndexOf(" ") + 1);
}
