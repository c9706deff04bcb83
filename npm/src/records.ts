/**
 * The records of the interface `tuf:verifier/workflow`, as the WebAssembly module hands them out.
 *
 * Versions, lengths and times are 64-bit integers and so `bigint`. Times are seconds since 1970-01-01T00:00:00Z, lengths are
 * bytes.
 */

/** What is needed next, or what was found. */
export type Request =
  /** Offer the bytes of this file of the trusted store, or `undefined` where it is not there. */
  | { readonly tag: "load"; readonly val: string }
  /** Offer the bytes of this metadata file of the repository, or `undefined` where the repository has no such file. */
  | { readonly tag: "fetch"; readonly val: FetchRequest }
  /** Write this file of the trusted store, and call `next` again. */
  | { readonly tag: "persist"; readonly val: PersistRequest }
  /** Delete this file of the trusted store, and call `next` again. */
  | { readonly tag: "forget"; readonly val: string }
  /** The top-level roles are authentic and current: `find` may be called. */
  | { readonly tag: "ready"; readonly val: Report }
  /** The searched target, with the length and hashes that its bytes must have. */
  | { readonly tag: "found"; readonly val: Target }
  /** The search ended without the target. An answer, not a failure. */
  | { readonly tag: "not-found"; readonly val: NotFoundReason }
  /** The search cannot go on. */
  | { readonly tag: "search-failed"; readonly val: Failure };

/** A metadata file to be fetched. */
export interface FetchRequest {
  /** File name, relative to the metadata base URL, percent-encoded where a role name needs it. */
  readonly name: string;
  /** Bytes after which to stop reading. Who has read more offers what was read: the refusal is the verifier's. */
  readonly maxLength: bigint;
}

/** A file of the trusted store. */
export interface PersistRequest {
  /** File name, relative to the store, with `/` as separator. */
  readonly name: string;
  /** The bytes as they were received. */
  readonly bytes: Uint8Array;
}

/** One trusted metadata file. */
export interface RoleState {
  /** Version number. */
  readonly version: bigint;
  /** Expiry. */
  readonly expires: bigint;
}

/** What a finished refresh established. */
export interface Report {
  /** The fixed update start time (5.1). */
  readonly now: bigint;
  /** The trusted root metadata. */
  readonly root: RoleState;
  /** The trusted timestamp metadata. */
  readonly timestamp: RoleState;
  /** The trusted snapshot metadata. */
  readonly snapshot: RoleState;
  /** The trusted top-level targets metadata. */
  readonly targets: RoleState;
  /** Whether the repository uses consistent snapshots (5.3.12). */
  readonly consistentSnapshot: boolean;
  /** The repository offered the timestamp version that was trusted already (5.4.3.1): nothing changed. */
  readonly timestampUnchanged: boolean;
  /** Files of the store that were not used, and why. */
  readonly notices: readonly Notice[];
  /** Checks that were not made as the specification demands, and why. */
  readonly waived: readonly Waiver[];
}

/** A file of the trusted store that was not used. It is no failure: the file is replaced. */
export interface Notice {
  /** File name in the store. */
  readonly name: string;
  /** Why it was not used. */
  readonly why: Failure;
}

/** A check that was not made as the specification demands, and why. */
export interface Waiver {
  /** Stable kebab-case code of the check. */
  readonly code: string;
  /** One English sentence for a person. */
  readonly message: string;
  /** The check. */
  readonly check: Waived;
  /** Why it was not made. */
  readonly why: Basis;
}

/** A check that was not made as the specification demands. */
export type Waived =
  /** Whether there is newer root metadata was not asked (5.3.3). */
  | { readonly tag: "newer-root" }
  /** Whether there is newer timestamp metadata was not asked (5.4.1). */
  | { readonly tag: "newer-timestamp" }
  /** The root chain ended at the limit, before its newest root metadata (5.3.3). The next refresh goes on from there if the
   * root that it reached is kept. */
  | { readonly tag: "root-limit" }
  /** The expiry of this role's metadata is not written in the specification's form (4.2.3). */
  | { readonly tag: "date-form"; readonly val: string }
  /** A key whose signature was counted is not written in the specification's form (4.2.2). */
  | { readonly tag: "key-form"; readonly val: SigningKey };

/** A key that signed a role. */
export interface SigningKey {
  /** Role. */
  readonly role: string;
  /** Keyid. */
  readonly keyid: string;
}

/** Why a check was not made. */
export type Basis =
  /** The trusted store alone was used. */
  | { readonly tag: "offline" }
  /** The last full refresh is younger than `freshFor`; when it was. */
  | { readonly tag: "fresh"; readonly val: bigint }
  /** A bundle answered in place of the repository. */
  | { readonly tag: "bundle" }
  /** So many root metadata files were accepted: `maxRootUpdates`. */
  | { readonly tag: "limit"; readonly val: number }
  /** The profile `compatible` reads this form as well. It says the same thing. */
  | { readonly tag: "compatible" };

/** A target as its trusted metadata describes it. */
export interface Target {
  /** Target path. */
  readonly path: string;
  /** Bytes of the target file. */
  readonly length: bigint;
  /** Every listed hash, in the order of the algorithms' names. */
  readonly hashes: readonly Hash[];
  /** The `custom` object as canonical JSON text. */
  readonly custom?: string | undefined;
  /** The role that lists the target. */
  readonly role: string;
  /** Where the target file is, relative to the targets base URL, percent-encoded; with the hash in its name where consistent
   * snapshots are used. */
  readonly fetchPath: string;
  /** Checks of the delegated roles visited in the search that were not made as the specification demands, and why. */
  readonly waived: readonly Waiver[];
}

/** A hash of a file. */
export interface Hash {
  /** Algorithm as the metadata names it, such as `sha256`. */
  readonly algorithm: string;
  /** Lower-case hexadecimal digest. */
  readonly digest: string;
}

/** Why a search ended without the target. */
export type NotFoundReason =
  /** No trusted role that may speak for the path lists it. */
  | { readonly tag: "absent" }
  /** `maxDelegations` roles were visited (this many) and more were left. */
  | { readonly tag: "budget-spent"; readonly val: number }
  /** The search came to a delegation that is not understood, so that nobody can say whether it covers the path. What its
   * delegator put after it was not asked. */
  | { readonly tag: "unsupported-delegation"; readonly val: string }
  /** The roles of the terminating delegation of this name do not agree on the target (TAP 3). */
  | { readonly tag: "disagreement"; readonly val: string };

/** Why something was not accepted, as the module says it. {@link VerifierError} is made of it. */
export interface Failure {
  /** Stable kebab-case code, such as `rollback`. */
  readonly code: string;
  /** One English sentence for a person. */
  readonly message: string;
  /** The typed facts. */
  readonly cause: Cause;
}

/** A failure, divided by blame. */
export type Cause =
  /** An attack was stopped. */
  | { readonly tag: "refused"; readonly val: Attack }
  /** Metadata that this verifier cannot judge: nothing speaks for an attack, and nothing was accepted. */
  | { readonly tag: "unsupported"; readonly val: UnsupportedFacts }
  /** The bytes are no metadata of the kind asked for. */
  | { readonly tag: "malformed"; readonly val: MalformedFacts }
  /** A file is not where it must be. */
  | { readonly tag: "missing"; readonly val: MissingFacts }
  /** The caller called out of order or with unusable arguments: what it did. */
  | { readonly tag: "misuse"; readonly val: string };

/** The attack stopped, with its facts. */
export type Attack =
  /** Not signed by a threshold of trusted keys. */
  | { readonly tag: "arbitrary-software"; readonly val: ArbitrarySoftware }
  /** Older than what is trusted. */
  | { readonly tag: "rollback"; readonly val: Rollback }
  /** Expired. */
  | { readonly tag: "freeze"; readonly val: Freeze }
  /** Not the file that the referring metadata lists. */
  | { readonly tag: "mix-and-match"; readonly val: MixAndMatch }
  /** Longer than allowed. */
  | { readonly tag: "endless-data"; readonly val: EndlessData }
  /** Not the target file that was asked for. */
  | { readonly tag: "wrong-software"; readonly val: WrongSoftware }
  /** A role that its own keys have revoked (TAP 20). */
  | { readonly tag: "revoked"; readonly val: Revoked }
  /** More rotate files for one role than are followed (TAP 8). */
  | { readonly tag: "endless-rotation"; readonly val: EndlessRotation }
  /** A pinned root that no verified chain joins with the root of the trusted store. */
  | { readonly tag: "other-root-line"; readonly val: OtherRootLine };

/** Two roots of different lines. */
export interface OtherRootLine {
  /** Version of the store's root. */
  readonly stored: bigint;
  /** Version of the pinned root. */
  readonly pinned: bigint;
}

/** Files of one store, each `undefined` where it is not there. */
export type LineFiles = readonly (Uint8Array | undefined)[];

/** What of well-formed metadata this verifier does not have. Whether the metadata is authentic cannot be said. */
export type UnsupportedFacts =
  /** The threshold cannot be met without signatures by keys that are not usable here. */
  | { readonly tag: "keys"; readonly val: UnsupportedKeys }
  /** No listed hash is of a supported algorithm. */
  | { readonly tag: "hashes"; readonly val: UnsupportedHashes }
  /** The expiry is a date, in a form that is not read. */
  | { readonly tag: "date"; readonly val: UnsupportedText }
  /** `spec_version` is not 1.x. */
  | { readonly tag: "spec-version"; readonly val: UnsupportedText };

/** A threshold that cannot be met without keys that are not usable. */
export interface UnsupportedKeys {
  /** Role of the metadata offered. */
  readonly role: string;
  /** The role whose metadata lists the keys. */
  readonly delegator: string;
  /** Version of the metadata that lists the keys. */
  readonly delegatorVersion: bigint;
  /** Signatures needed. */
  readonly threshold: bigint;
  /** Keys listed for the role. */
  readonly listed: bigint;
  /** Those of them that are not usable, at least one. */
  readonly unusable: readonly UnusableKeys[];
}

/** Keys of one type and scheme that are not usable for one reason. */
export interface UnusableKeys {
  /** Key type as the metadata names it. */
  readonly keytype: string;
  /** Signature scheme as the metadata names it. */
  readonly scheme: string;
  /** Why. */
  readonly why: KeyProblem;
  /** How many there are. */
  readonly count: bigint;
}

/**
 * Why a listed key is not usable: its type is not known; its scheme is not, or this build was made without it; its text is no
 * key of its scheme; the `compatible` profile reads this form of key, and `strict` does not.
 */
export type KeyProblem = "unknown-type" | "unknown-scheme" | "unreadable" | "other-form";

/** Hashes of which none is of a supported algorithm. */
export interface UnsupportedHashes {
  /** Role or target path. */
  readonly name: string;
  /** The listed algorithms, in the order of their names; the first eight. */
  readonly listed: readonly string[];
}

/** A text that is not read. */
export interface UnsupportedText {
  /** Name of the file. */
  readonly name: string;
  /** As it is written. */
  readonly found: string;
}

/** Fewer valid signatures of distinct keys than the threshold. */
export interface ArbitrarySoftware {
  /** Role of the metadata offered. */
  readonly role: string;
  /** The role whose metadata lists the keys. */
  readonly delegator: string;
  /** Version of the metadata that lists the keys. */
  readonly delegatorVersion: bigint;
  /** Signatures needed. */
  readonly threshold: bigint;
  /** Valid signatures of distinct trusted keys. */
  readonly valid: bigint;
}

/** A version number that went back. */
export interface Rollback {
  /** Role whose metadata was offered. */
  readonly role: string;
  /** Role whose version went back; another than `role` where the offered metadata lists it. */
  readonly subject: string;
  /** Trusted version. */
  readonly trusted: bigint;
  /** Offered version; none where the role is no longer listed. */
  readonly offered?: bigint | undefined;
}

/** Metadata that has expired. */
export interface Freeze {
  /** Role. */
  readonly role: string;
  /** Version. */
  readonly version: bigint;
  /** Expiry. */
  readonly expires: bigint;
  /** The fixed update start time. */
  readonly now: bigint;
}

/** Metadata that differs from its listing. */
export interface MixAndMatch {
  /** Role whose metadata was offered. */
  readonly role: string;
  /** What differs. */
  readonly mismatch: Mismatch;
}

/** What differs from a listing. */
export type Mismatch =
  /** Version number. */
  | { readonly tag: "version"; readonly val: NumberMismatch }
  /** Bytes. */
  | { readonly tag: "length"; readonly val: NumberMismatch }
  /** Algorithm whose digest differs. */
  | { readonly tag: "digest"; readonly val: string }
  /** The role is not listed at all. */
  | { readonly tag: "unlisted" }
  /** A rotate file differs from the one that was trusted before, and is no revocation (TAP 8, TAP 20). */
  | { readonly tag: "replaced" };

/** Two numbers that should be equal. */
export interface NumberMismatch {
  /** As listed. */
  readonly listed: bigint;
  /** As offered. */
  readonly offered: bigint;
}

/** A file that is longer than allowed. */
export interface EndlessData {
  /** Name of the file. */
  readonly name: string;
  /** Bytes allowed. */
  readonly limit: bigint;
  /** Bytes that metadata lists, where it lists more than are allowed: nothing was fetched. */
  readonly listed?: bigint | undefined;
  /** Name of the setting that the limit comes from, in kebab case. None where the listed length is the limit. */
  readonly setting?: string | undefined;
}

/** A target file that differs from its listing. */
export interface WrongSoftware {
  /** Target path. */
  readonly path: string;
  /** What differs. */
  readonly mismatch: Mismatch;
}

/** A role that its own keys have revoked. */
export interface Revoked {
  /** Role. */
  readonly role: string;
  /** Version of the rotate file that revokes it. */
  readonly version: bigint;
}

/** More rotate files for one role than are followed. */
export interface EndlessRotation {
  /** Role. */
  readonly role: string;
  /** Rotate files followed. */
  readonly limit: number;
}

/** Bytes that could not be read. */
export interface MalformedFacts {
  /** Name of the file. */
  readonly name: string;
  /** What is wrong. */
  readonly reason: string;
  /** Bytes before the place, where it is one place. */
  readonly offset?: bigint | undefined;
}

/** A file that is not where it must be. */
export interface MissingFacts {
  /** Name of the file. */
  readonly name: string;
  /** Where it is missing. */
  readonly place: "repository" | "store";
}

/** One repository of a map file (TAP 4). */
export interface MappedRepository {
  /** Its name: safe as the name of a folder on every system, and distinct from the others where case is ignored. */
  readonly name: string;
  /** Where its files are, at least one, in the order of the map. They are not interpreted here. */
  readonly urls: readonly string[];
}

/** What repositories must agree on (TAP 4). */
export interface Listing {
  /** Bytes of the target file. */
  readonly length: bigint;
  /** Every listed hash, in the order of the algorithms' names. */
  readonly hashes: readonly Hash[];
}

/** What a search on several repositories needs next, or what it came to. */
export type MapRequest =
  /** Refresh the repository of this name, search the target there, and answer with what it lists. */
  | { readonly tag: "ask"; readonly val: string }
  /** The repositories of these names agree on the target. The first one's target is the one to be taken. */
  | { readonly tag: "found"; readonly val: readonly string[] }
  /** The search ended without the target. An answer, not a failure. */
  | { readonly tag: "not-found"; readonly val: MapNotFound };

/** Why a search on several repositories ended without the target. */
export type MapNotFound =
  /** No mapping covers the path: no repository may speak for it, and none was asked. */
  | { readonly tag: "unmapped" }
  /** None of these repositories lists the target; they were asked in this order. */
  | { readonly tag: "absent"; readonly val: readonly string[] }
  /** At least one repository lists the target, and in no mapping do as many as its threshold agree on it. */
  | { readonly tag: "disagreement"; readonly val: MapDisagreement };

/** Repositories of a mapping that do not agree. */
export interface MapDisagreement {
  /** Index of the mapping, from 0: the first of those consulted with a repository that lists the target. */
  readonly mapping: number;
  /** Names of its repositories that list the target, in the order of the mapping. */
  readonly repositories: readonly string[];
}
