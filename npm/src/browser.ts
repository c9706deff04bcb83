/** The package in browsers. */

export * from "./exports.js";
export { verifierDigest } from "./component.js";
export { loadVerifier } from "./browser/load.js";
export { BrowserStore, type BrowserStoreOptions } from "./browser/store.js";
export type { LockKind } from "./browser/lock.js";
export { Updater } from "./browser/updater.js";
export type { CallOptions, UpdaterOptions } from "./updater.js";
export { HttpSource } from "./source/http.js";
export { BundleSource } from "./source/bundle.js";
