/** The interface `tuf:verifier/workflow` as an engine hands it out. A failed call throws the plain {@link Failure}. */

import type { Hash, LineFiles, Listing, MappedRepository, MapRequest, PersistRequest, Request } from "./records.js";
import type { SettingsRecord } from "./settings.js";

/** The functions and resources of one instance. */
export interface Workflow {
  readonly UpdateCycle: {
    start(trustedRoot: Uint8Array, now: bigint, settings: SettingsRecord): RawUpdateCycle;
  };
  readonly RepositoryMap: {
    parse(file: Uint8Array): RawRepositoryMap;
  };
  defaultSettings(): SettingsRecord;
  lineFiles(trustedRoot: Uint8Array, settings: SettingsRecord): readonly string[];
  seedLine(trustedRoot: Uint8Array, settings: SettingsRecord, siblings: readonly LineFiles[]): readonly PersistRequest[];
}

/** The resource `update-cycle`. */
export interface RawUpdateCycle {
  next(): Request;
  offer(bytes: Uint8Array | undefined): void;
  find(path: string): void;
  check(): RawTargetCheck;
}

/** The resource `target-check`. */
export interface RawTargetCheck {
  write(chunk: Uint8Array): void;
  finish(): void;
  checkDigests(length: bigint, hashes: readonly Hash[]): void;
}

/** The resource `repository-map`. */
export interface RawRepositoryMap {
  repositories(): readonly MappedRepository[];
  pin(repository: string, root: Uint8Array): void;
  search(path: string): RawMapSearch;
}

/** The resource `map-search`. */
export interface RawMapSearch {
  next(): MapRequest;
  answer(listing: Listing | undefined): void;
}
