// Follows a generated world with tuf-js's Updater, without a network.
//
// A world is {"blobs": [BASE64], "root": BLOB, "steps": [STEP]}. A step is {"now": SECONDS, "metadata": {NAME: BLOB},
// "targets": {PATH: BLOB}, "look_up": [PATH]}; blobs are numbers, names and paths are decoded. An answer also has the
// SHA-256 digests of the stored root, timestamp and snapshot after the step, or null for a file that is not stored.

import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { BaseFetcher, Updater } from "tuf-js";
import { DownloadHTTPError, DownloadLengthMismatchError } from "tuf-js/dist/error.js";

import { forgetSignatures, rememberSignatures } from "./crypto_cache.js";
import { lookUp, refused, setClock } from "./reading.js";

// A check that failed may still open its download later, so that this file outlives the worlds.
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), "tuf-js-"));
const download = path.join(scratch, "download");
process.on("exit", () => fs.rmSync(scratch, { recursive: true }));

/** Answers as a server of one step's files does: the path of the URL, decoded, is the name. */
class StepFetcher extends BaseFetcher {
  constructor(blobs, step) {
    super();
    this.files = new Map();
    for (const folder of ["metadata", "targets"]) {
      for (const [name, blob] of Object.entries(step[folder])) this.files.set(`/${folder}/${name}`, blobs[blob]);
    }
  }

  // BaseFetcher streams every answer through a temporary folder of its own, which costs more than the verification.
  // These two have its length check and its errors.
  async downloadBytes(url, maxLength) {
    const { hostname, pathname } = new URL(url);
    const bytes = hostname === "world.test" ? this.files.get(decodeURIComponent(pathname)) : undefined;
    if (bytes === undefined) throw new DownloadHTTPError(`no ${url}`, 404);
    if (bytes.length > maxLength) throw new DownloadLengthMismatchError("Max length reached");
    return Buffer.from(bytes);
  }

  async downloadFile(url, maxLength, handler) {
    fs.writeFileSync(download, await this.downloadBytes(url, maxLength));
    return handler(download);
  }
}

/** One verdict a step, all with one store. */
export async function follow(world) {
  const blobs = world.blobs.map((blob) => Buffer.from(blob, "base64"));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tuf-js-"));
  // Names that climb out of the store stay inside of the temporary folder.
  const store = path.join(folder, "store/of/metadata");
  const downloads = path.join(folder, "downloads/of/targets");
  rememberSignatures();
  try {
    for (const made of [store, downloads]) fs.mkdirSync(made, { recursive: true });
    fs.writeFileSync(path.join(store, "root.json"), blobs[world.root]);
    const steps = [];
    for (const step of world.steps) {
      const verdict = await visit(blobs, step, store, downloads);
      steps.push({ ...verdict, stored: stored(store) });
    }
    return { steps };
  } finally {
    setClock(undefined);
    forgetSignatures();
    fs.rmSync(folder, { recursive: true });
  }
}

async function visit(blobs, step, store, downloads) {
  setClock(step.now);
  try {
    const updater = new Updater({
      metadataDir: store,
      metadataBaseUrl: "http://world.test/metadata",
      targetDir: downloads,
      targetBaseUrl: "http://world.test/targets",
      fetcher: new StepFetcher(blobs, step),
    });
    await updater.refresh();
    const { root, timestamp, snapshot, targets } = updater.trustedSet;
    const versions = [root, timestamp, snapshot, targets].map((role) => role.signed.version);
    const found = {};
    for (const target of step.look_up) {
      const outcome = await lookUp(updater, target);
      Object.defineProperty(found, target, { value: outcome, enumerable: true });
    }
    return { refresh: { outcome: "accepted" }, targets: found, versions };
  } catch (error) {
    return { refresh: refused(error), targets: {}, versions: null };
  }
}

function stored(store) {
  const digest = (role) => {
    const file = path.join(store, `${role}.json`);
    return fs.existsSync(file) ? crypto.createHash("sha256").update(fs.readFileSync(file)).digest("hex") : null;
  };
  return { root: digest("root"), timestamp: digest("timestamp"), snapshot: digest("snapshot") };
}
