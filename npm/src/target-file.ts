/** A target as its trusted metadata describes it, in the shape that JavaScript programs know. */

import type { NotFound, Target, Waiver } from "./records.js";

/** A target file. It comes from a search; one that is put together by hand is no target. */
export class TargetFile {
  readonly #record: Target;
  /** Target path. */
  readonly path: string;
  /** Bytes of the target file; rounded beyond 2^53, of which no transfer comes to its end. */
  readonly length: number;
  /** Every listed hash: lower-case hexadecimal digest by algorithm. */
  readonly hashes: Readonly<Record<string, string>>;
  /** The `custom` object, as `JSON.parse` reads it; empty where there is none. {@link customText} has numbers in full. */
  readonly custom: Readonly<Record<string, unknown>>;
  /** The `custom` object as canonical JSON text. */
  readonly customText: string | undefined;
  /** The role that lists the target. */
  readonly role: string;
  /** Where the target file is, relative to the targets base URL, percent-encoded. */
  readonly fetchPath: string;
  /** Checks of the delegated roles visited in the search that were not made as the specification demands, and why. */
  readonly waived: readonly Waiver[];

  /** @internal */
  constructor(record: Target) {
    this.#record = record;
    this.path = record.path;
    this.length = Number(record.length);
    this.hashes = Object.fromEntries(record.hashes.map(({ algorithm, digest }) => [algorithm, digest]));
    this.custom = record.custom === undefined ? {} : parsed(record.custom);
    this.customText = record.custom;
    this.role = record.role;
    this.fetchPath = record.fetchPath;
    this.waived = record.waived;
  }

  /**
   * The module's record.
   *
   * @internal
   * @throws {TypeError} for anything but a target of a search.
   */
  static record(target: unknown): Target {
    if (typeof target === "object" && target !== null && #record in target) {
      return target.#record;
    }
    throw new TypeError("target is a TargetFile that getTargetInfo or search gave");
  }
}

/** What a search found: the target, or why there is none. */
export type Lookup =
  | { readonly tag: "found"; readonly val: TargetFile }
  | { readonly tag: "not-found"; readonly val: NotFound };

/** Canonical JSON has control characters in strings as they are, and no others. */
function parsed(canonical: string): Readonly<Record<string, unknown>> {
  const escaped = canonical.replace(/\p{Cc}/gu, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return JSON.parse(escaped) as Record<string, unknown>;
}
