/**
 * The interface `tuf:verifier/workflow` as an engine hands it out: the types are generated from the contract. A failed call throws
 * the plain {@link Failure}.
 */

import type * as Interface from "../generated/component/workflow.js";

/** The functions and resources of one instance. */
export type Workflow = typeof Interface;

/** The resource `client`. */
export type RawClient = Interface.Client;

/** The resource `hasher`. */
export type RawHasher = Interface.Hasher;

/** The resource `repository-map`. */
export type RawRepositoryMap = Interface.RepositoryMap;

/** The resource `map-search`. */
export type RawMapSearch = Interface.MapSearch;

export type {
  Action,
  AtHand,
  ClientError as ClientErrorRecord,
  ClientEvent,
  GetAction,
  LoadAction,
  Mirror as MirrorRecord,
  Outcome,
  ReceiveAction,
  Response,
  Settings as SettingsRecord,
  TransportError,
  TransportKind,
} from "../generated/component/types.js";
