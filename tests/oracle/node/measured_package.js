// The npm package, as it is published, as `cargo xtask bench` measures it: refresh, look one target up, fetch and verify it.
//
// measured_package.js ROOT STORE METADATA_URL TARGETS_URL TARGET; with no arguments it only starts the module.

import { readFile } from "node:fs/promises";

import { Malformed, Updater } from "../../../npm/build/package/dist/node.js";

const [root, metadataDir, metadataBaseUrl, targetBaseUrl, path] = process.argv.slice(2);
if (root === undefined) {
  await start();
} else {
  await update();
}

/** The module comes up, looks at root metadata that is none, and says so. */
async function start() {
  const error = await new Updater({ trustedRoot: Buffer.from("{}") }).refresh().catch((thrown) => thrown);
  if (!(error instanceof Malformed)) throw error ?? new Error("an empty object is no root metadata");
}

async function update() {
  const settings = { targetsMaxLength: 2 ** 30, listedMaxLength: 2 ** 30 };
  const trustedRoot = await readFile(root);
  const updater = new Updater({ trustedRoot, metadataDir, metadataBaseUrl, targetBaseUrl, settings });
  const target = await updater.getTargetInfo(path);
  if (target === undefined) throw new Error(`${path} was not found`);
  await updater.readTarget(target);
}
