// Follows a journey through published repositories, with tuf-js's Updater.

import crypto from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";

import { Updater } from "tuf-js";

const SystemDate = Date;

/** Refreshes from each stop in turn with one store, and looks for every target there. */
export async function read(journey) {
  fs.mkdirSync(journey.store, { recursive: true });
  fs.copyFileSync(journey.root, path.join(journey.store, "root.json"));
  setClock(journey.reference_time);
  const stops = [];
  for (const stop of journey.stops) stops.push(await visit(journey, stop));
  setClock(undefined);
  return { stops };
}

/** tuf-js has no setting for its clock: it asks `new Date()`. */
export function setClock(seconds) {
  globalThis.Date = SystemDate;
  if (seconds === undefined || seconds === null) return;
  globalThis.Date = class extends SystemDate {
    constructor(...given) {
      super(...(given.length > 0 ? given : [seconds * 1000]));
    }
  };
}

async function visit(journey, stop) {
  const downloads = fs.mkdtempSync(path.join(os.tmpdir(), "tuf-js-"));
  try {
    const updater = new Updater({
      metadataDir: journey.store,
      metadataBaseUrl: stop.metadata_url,
      targetDir: downloads,
      targetBaseUrl: stop.targets_url,
      config: { fetchRetry: false },
    });
    await updater.refresh();
    const targets = {};
    for (const target of journey.targets) targets[target] = await lookUp(updater, target);
    return { refresh: { outcome: "accepted" }, targets };
  } catch (error) {
    return { refresh: refused(error), targets: {} };
  } finally {
    fs.rmSync(downloads, { recursive: true });
  }
}

export async function lookUp(updater, target) {
  try {
    const found = await updater.getTargetInfo(target);
    if (!found) return { outcome: "absent" };
    const content = fs.readFileSync(await updater.downloadTarget(found));
    return { outcome: "verified", sha256: crypto.createHash("sha256").update(content).digest("hex") };
  } catch (error) {
    return refused(error);
  }
}

export function refused(error) {
  return { outcome: "refused", reason: `${error.name}: ${error.message}` };
}
