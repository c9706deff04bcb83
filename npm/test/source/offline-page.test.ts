/** The JavaScript of `docs/offline.md` does what the page says. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type TestContext, test } from "node:test";
import type { TargetFile } from "tuf-verifier";
import { Missing } from "tuf-verifier";
import { fails } from "../refused.js";
import { DAY, Repository } from "../repository.js";
import { temporary } from "../store/folder.js";
import { archive, entry } from "./archive.js";

interface Sample {
  fromBundle(trustedRoot: Uint8Array, bundle: string | Uint8Array, path: string): Promise<Uint8Array | undefined>;
  verifyOffline(trustedRoot: Uint8Array, folder: string, path: string, bytes: Uint8Array): Promise<TargetFile>;
}

/** The sample of the page, with its store in a folder. */
async function sample(context: TestContext): Promise<readonly [Sample, string]> {
  const page = await readFile(new URL("../../../../docs/offline.md", import.meta.url), "utf8");
  const [, code] = /^```js\n([^]*?)^```$/m.exec(page) ?? assert.fail("the page has no sample");
  const folder = await temporary(context);
  const store = join(folder, "trusted");
  const whole = code
    ?.replace('"tuf-verifier"', JSON.stringify(import.meta.resolve("tuf-verifier")))
    .replace('"trusted"', JSON.stringify(store));
  await writeFile(join(folder, "sample.mjs"), whole ?? "");
  return [(await import(pathToFileURL(join(folder, "sample.mjs")).href)) as Sample, store];
}

test("verifies a bundle, and then offline", async (context) => {
  const [{ fromBundle, verifyOffline }, store] = await sample(context);
  const repository = new Repository();
  repository.expires = new Date(Date.now() + DAY);
  repository.add("docs/manual.txt", "read me");
  repository.publishRoot();
  repository.publish();
  const metadata = [...repository.metadata].map(([name, bytes]) => entry(`metadata/${name}`, bytes));
  const targets = [...repository.targets].map(([path, bytes]) => entry(`targets/${path}`, bytes));
  const bundle = archive(...metadata, ...targets);
  const manual = Buffer.from("read me");
  await fails(verifyOffline(repository.trustedRoot, "/", "docs/manual.txt", manual), Missing, "not-in-store");
  const read = await fromBundle(repository.trustedRoot, bundle, "docs/manual.txt");
  assert.ok(read && manual.equals(read));
  assert.equal(await fromBundle(repository.trustedRoot, bundle, "docs/other.txt"), undefined);
  assert.equal((await verifyOffline(repository.trustedRoot, store, "docs/manual.txt", manual)).length, 7);
});
