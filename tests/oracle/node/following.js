// Follows a generated world with tuf-js's Updater, without a network.
//
// A world is {"blobs": [BASE64], "root": BLOB, "steps": [STEP]}. A step is {"now": SECONDS, "metadata": {NAME: BLOB},
// "targets": {PATH: BLOB}, "look_up": [PATH]}; blobs are numbers, names and paths are decoded.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { BaseFetcher, Updater } from "tuf-js";
import { DownloadHTTPError } from "tuf-js/dist/error.js";

import { lookUp, refused, setClock } from "./reading.js";

/** Answers as a server of one step's files does: the path of the URL, decoded, is the name. */
class StepFetcher extends BaseFetcher {
  constructor(blobs, step) {
    super();
    this.files = new Map();
    for (const folder of ["metadata", "targets"]) {
      for (const [name, blob] of Object.entries(step[folder])) this.files.set(`/${folder}/${name}`, blobs[blob]);
    }
  }

  async fetch(url) {
    const { hostname, pathname } = new URL(url);
    const bytes = hostname === "world.test" ? this.files.get(decodeURIComponent(pathname)) : undefined;
    if (bytes === undefined) throw new DownloadHTTPError(`no ${url}`, 404);
    return new Blob([bytes]).stream();
  }
}

/** One verdict a step, all with one store. */
export async function follow(world) {
  const blobs = world.blobs.map((blob) => Buffer.from(blob, "base64"));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tuf-js-"));
  // Names that climb out of the store stay inside of the temporary folder.
  const store = path.join(folder, "store/of/metadata");
  const downloads = path.join(folder, "downloads/of/targets");
  try {
    for (const made of [store, downloads]) fs.mkdirSync(made, { recursive: true });
    fs.writeFileSync(path.join(store, "root.json"), blobs[world.root]);
    const steps = [];
    for (const step of world.steps) steps.push(await visit(blobs, step, store, downloads));
    return { steps };
  } finally {
    setClock(undefined);
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
