/** The entries of the package in Chromium, without a bundler, under a strict Content-Security-Policy. */

import assert from "node:assert/strict";
import * as component from "tuf-verifier/browser";
import * as web from "tuf-verifier/web";
import { complaints, inChromium } from "./chromium.js";

const NAMES = Object.keys(component).sort();

for (const [file, { verifierDigest }] of [["browser", component], ["web", web]] as const) {
  inChromium(`loads ${file}.js without a bundler, and verifies a target in it`, async ({ site, browser }) => {
    const page = await browser.newPage();
    await page.goto(`${site.url}trusted-root.json`);
    const complained = complaints(page);
    const outcome = await page.evaluate(async (url) => {
      const tuf = (await import(url)) as typeof component;
      const root = await fetch("/trusted-root.json");
      const updater = new tuf.Updater({
        trustedRoot: new Uint8Array(await root.arrayBuffer()),
        metadataBaseUrl: new URL("/mirror/honest/metadata/", location.href).href,
        targetBaseUrl: new URL("/mirror/honest/targets/", location.href).href,
        store: new tuf.BrowserStore("entry"),
      });
      const target = await updater.getTargetInfo("plugins/fog.js");
      const bytes = target && (await updater.readTarget(target));
      const { digest } = await tuf.loadVerifier();
      return [Object.keys(tuf).sort(), bytes?.length, digest, tuf.verifierDigest];
    }, `/package/dist/${file}.js`);
    assert.deepEqual(outcome, [NAMES, 28, verifierDigest, verifierDigest]);
    const noNewerRoot = "Failed to load resource: the server responded with a status of 404 (Not Found)";
    assert.deepEqual(complained, [`${noNewerRoot} /mirror/honest/metadata/4.root.json`]);
  });
}
