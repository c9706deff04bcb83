/**
 * The records of the contract that a program meets: their types and documentation are generated from `wasm/wit`.
 *
 * Versions, lengths and times are 64-bit integers and so `bigint`. Times are seconds since 1970-01-01T00:00:00Z, lengths are
 * bytes.
 */

export type {
  ArbitrarySoftware,
  Basis,
  Cause,
  EndlessData,
  EndlessRotation,
  Failure,
  Freeze,
  Hash,
  KeyProblem,
  Listing,
  Malformed as MalformedFacts,
  MapDisagreement,
  MapNotFound,
  MappedRepository,
  MapRequest,
  Mismatch,
  Missing as MissingFacts,
  MixAndMatch,
  NotFound,
  NotFoundReason,
  Notice,
  NumberMismatch,
  OtherRootLine,
  Refusal as Attack,
  Report,
  Revoked,
  RoleState,
  Rollback,
  SigningKey,
  StoreFile,
  Target,
  Unsupported as UnsupportedFacts,
  UnsupportedHashes,
  UnsupportedKeys,
  UnsupportedText,
  UnusableKeys,
  Waived,
  Waiver,
  WrongSoftware,
} from "../generated/component/types.js";

/** Files of one store, each `undefined` where it is not there. */
export type LineFiles = readonly (Uint8Array | undefined)[];
