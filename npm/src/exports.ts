/** What Node and browsers have in common. */

export * from "./codes.js";
export * from "./errors.js";
export type * from "./records.js";
export type { Access, Profile, Settings } from "./settings.js";
export { type Lookup, TargetFile } from "./target-file.js";
export type { Progress } from "./client/progress.js";
export { Verifier } from "./verifier.js";
export { MapSearch, RepositoryMap } from "./map.js";
export type { BundleOptions } from "./source/bundle.js";
export type { Backoff, Clock, HttpOptions, Timeouts } from "./source/http.js";
export type { Resume, Retry, Source, TargetStream } from "./source/source.js";
export { MemoryStore } from "./store/memory.js";
export type { Guard, Store } from "./store/store.js";
