/** The stable kebab-case codes of every error: the same as in Rust, in the module's interface and in `docs/failures.md`. */

/** An attack was stopped. */
export const refusalCodes = [
  "arbitrary-software",
  "rollback",
  "freeze",
  "mix-and-match",
  "endless-data",
  "wrong-software",
  "revoked",
  "endless-rotation",
  "other-root-line",
] as const;

/** Bytes are no metadata of the kind asked for. */
export const malformedCodes = ["malformed-json", "malformed-metadata", "too-many-items"] as const;

/** Metadata that this verifier cannot judge. */
export const unsupportedCodes = [
  "unsupported-keys",
  "no-supported-hash",
  "unsupported-date",
  "unsupported-spec-version",
] as const;

/** A file is not where it must be. */
export const missingCodes = ["missing-metadata", "not-in-store"] as const;

/** The caller called out of order or with unusable arguments. */
export const misuseCodes = [
  "nothing-to-answer",
  "not-ready",
  "nothing-found",
  "unsafe-path",
  "check-finished",
  "digest-not-given",
  "same-root",
] as const;

/** What kept a source from giving an answer. */
export const sourceCodes = [
  "source-unusable",
  "source-name",
  "source-unreachable",
  "source-timeout",
  "source-too-slow",
  "source-tls",
  "source-proxy",
  "source-unreadable",
  "source-protocol",
  "source-status",
  "source-redirect",
] as const;

/** What kept a bundle from being read or written. */
export const bundleCodes = ["bundle-unreadable", "bundle-malformed", "bundle-conflict", "bundle-unwritable"] as const;

/** What kept a trusted store from its work. */
export const storeCodes = [
  "store-unusable",
  "store-busy",
  "store-foreign-folder",
  "store-unreadable",
  "store-unwritable",
  "store-file-too-long",
  "store-name",
] as const;

/** What kept the module from a verdict. */
export const sandboxCodes = [
  "sandbox-out-of-memory",
  "sandbox-out-of-time",
  "sandbox-trapped",
  "sandbox-unusable",
] as const;

/** What kept a client from a target. */
export const clientCodes = ["missing-target", "foreign-target", "offline", "output-unwritable"] as const;

/** Why a search ended without the target: answers, and errors only where the target is needed. */
export const notFoundCodes = ["absent", "budget-spent", "unsupported-delegation", "disagreement"] as const;

/** Every code. */
export const codes = [
  ...refusalCodes,
  ...unsupportedCodes,
  ...malformedCodes,
  ...missingCodes,
  ...misuseCodes,
  ...clientCodes,
  ...sourceCodes,
  ...bundleCodes,
  ...storeCodes,
  ...sandboxCodes,
  ...notFoundCodes,
] as const;

/** A code of {@link refusalCodes}. */
export type RefusalCode = (typeof refusalCodes)[number];
/** A code of {@link malformedCodes}. */
export type MalformedCode = (typeof malformedCodes)[number];
/** A code of {@link unsupportedCodes}. */
export type UnsupportedCode = (typeof unsupportedCodes)[number];
/** A code of {@link missingCodes}. */
export type MissingCode = (typeof missingCodes)[number];
/** A code of {@link misuseCodes}. */
export type MisuseCode = (typeof misuseCodes)[number];
/** A code of {@link sourceCodes}. */
export type SourceCode = (typeof sourceCodes)[number];
/** A code of {@link bundleCodes}. */
export type BundleCode = (typeof bundleCodes)[number];
/** A code of {@link storeCodes}. */
export type StoreCode = (typeof storeCodes)[number];
/** A code of {@link sandboxCodes}. */
export type SandboxCode = (typeof sandboxCodes)[number];
/** A code of {@link clientCodes}. */
export type ClientCode = (typeof clientCodes)[number];
/** A code of {@link notFoundCodes}. */
export type NotFoundCode = (typeof notFoundCodes)[number];
/** A code of {@link codes}. */
export type Code = (typeof codes)[number];
