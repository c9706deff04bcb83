// tuf-js as `cargo xtask bench` measures it: refresh, look one target up, fetch and verify it.
//
// measured_client.js ROOT STORE METADATA_URL TARGETS_URL TARGET

import fs from "node:fs";
import path from "node:path";

import { Updater } from "tuf-js";

const [root, store, metadataBaseUrl, targetBaseUrl, target] = process.argv.slice(2);
fs.mkdirSync(store, { recursive: true });
if (!fs.existsSync(path.join(store, "root.json"))) fs.copyFileSync(root, path.join(store, "root.json"));
const updater = new Updater({ metadataDir: store, metadataBaseUrl, targetBaseUrl });
await updater.refresh();
const found = await updater.getTargetInfo(target);
if (!found) throw new Error(`${target} was not found`);
await updater.downloadTarget(found, path.join(store, "downloaded"));
