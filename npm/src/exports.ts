/** What Node and browsers have in common. */

export * from "./codes.js";
export * from "./errors.js";
export type * from "./records.js";
export type { Access, Profile, Settings } from "./settings.js";
export { inWords, type Lookup, TargetFile } from "./target-file.js";
export type { Progress } from "./client/progress.js";
export { Verifier } from "./verifier.js";
export { TargetCheck, UpdateCycle } from "./session.js";
export { MapSearch, RepositoryMap } from "./map.js";
export type { BundleOptions } from "./source/bundle.js";
export { HttpSource, type Backoff, type Clock, type HttpOptions, type Timeouts } from "./source/http.js";
export type { Resume, Source, TargetStream } from "./source/source.js";
export { MemoryStore } from "./store/memory.js";
export type { Guard, Store } from "./store/store.js";
