/** The package for bundlers: another build of the same core, smaller and quicker to load, with a digest of its own. */

import { BrowserUpdater } from "./browser/updater.js";
import { loadVerifier } from "./browser/web-load.js";
import type { UpdaterOptions } from "./updater.js";

export * from "./exports.js";
export { verifierDigest } from "./web-module.js";
export { BrowserStore, type BrowserStoreOptions } from "./browser/store.js";
export type { LockKind } from "./browser/lock.js";
export type { CallOptions, UpdaterOptions } from "./updater.js";
export { HttpSource } from "./source/http.js";
export { BundleSource } from "./source/bundle.js";
export { loadVerifier };

/** The client of one repository. Without a store, nothing is kept: rollbacks behind an earlier page are not seen. */
export class Updater extends BrowserUpdater {
  constructor(options: UpdaterOptions) {
    super(options, loadVerifier);
  }
}
