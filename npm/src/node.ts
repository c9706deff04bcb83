/** The package under Node. */

export * from "./exports.js";
export { verifierDigest } from "./component.js";
export { loadVerifier } from "./node/load.js";
export { FolderStore } from "./node/store/folder.js";
export type { LockScope } from "./node/store/lock.js";
export type { FolderStoreOptions } from "./node/store/options.js";
export { ReadOnlyStore } from "./node/store/read-only.js";
export { Updater, type UpdaterOptions } from "./node/updater.js";
export type { CallOptions } from "./updater.js";
export { HttpSource } from "./node/http-source.js";
export { BundleSource } from "./node/bundle-source.js";
export { FolderSource } from "./node/folder-source.js";
