/** What an update cycle may cost, where its metadata may come from, and how strictly it is read. */

import type { SettingsRecord } from "./binding.js";

/** What differs from the defaults. Numbers are whole and not negative. */
export interface Settings {
  /** Bytes of a root metadata file (5.3.3). Default: 512,000. */
  readonly rootMaxLength?: number;
  /** Bytes of the timestamp metadata file (5.4.1). Default: 16,384. */
  readonly timestampMaxLength?: number;
  /** Bytes of a snapshot metadata file where the timestamp lists no length (5.5.1). Default: 2,000,000. */
  readonly snapshotMaxLength?: number;
  /** Bytes of a targets metadata file where the snapshot lists no length (5.6.1). Default: 5,000,000. */
  readonly targetsMaxLength?: number;
  /**
   * Bytes of a snapshot, targets or rotate metadata file where a length is listed; a longer listing is refused before a byte is
   * fetched. Default: 67,108,864.
   */
  readonly listedMaxLength?: number;
  /** Bytes of a target file: the search for one that is listed with more fails (5.7.3). Default: 1,073,741,824. */
  readonly targetFileMaxLength?: number;
  /** Root metadata files accepted in one cycle (5.3.3). Default: 256. */
  readonly maxRootUpdates?: number;
  /** Delegated roles visited in one search (5.6.7.1). Default: 32. */
  readonly maxDelegations?: number;
  /** Rotate files followed for one role (TAP 8). Default: 32. */
  readonly maxRotations?: number;
  /** Where metadata may come from. Default: `repository`. */
  readonly access?: Access;
  /** Seconds after a full refresh in which the trusted store is used without asking the repository. Default: 0, to ask always. */
  readonly freshFor?: number;
  /** How strictly metadata is read. Default: `compatible`. */
  readonly profile?: Profile;
  /**
   * Whether a pinned root of another line of roots than the trusted store's replaces that line, with its floors. Otherwise it is
   * refused (`other-root-line`). It is for a person to set, once. Default: `false`.
   */
  readonly replaceRootLine?: boolean;
}

/**
 * Where metadata may come from: the trusted store and the `repository`; the trusted `store` alone; the trusted store and a
 * `bundle`, a file with what a repository served at some time.
 */
export type Access = "repository" | "store" | "bundle";

/**
 * How strictly metadata is read. `compatible`: as real repositories carry it, old forms of keys and dates among them, which say
 * the same thing and are reported. `strict`: in the specification's forms alone.
 */
export type Profile = "compatible" | "strict";

/**
 * The defaults, with what differs from them.
 *
 * @throws {TypeError} for a setting that is not there or is of the wrong type.
 * @throws {RangeError} for a number that is negative, has a fraction or is too large.
 */
export function settingsRecord(defaults: SettingsRecord, settings: Settings): SettingsRecord {
  const record: Record<string, unknown> = { ...defaults };
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) {
      record[name] = converted(name, value, record[name]);
    }
  }
  return record as unknown as SettingsRecord;
}

/** What to write in place of the name that a profile had before; none for any other text. */
export function renamedProfile(value: unknown): string | undefined {
  switch (value) {
    case "legacy":
      return "leave it out: the forms that `legacy` took are read by default, as `compatible`";
    case "specification":
      return "write `strict`, which is what `specification` was";
    default:
      return undefined;
  }
}

const CHOICES: Readonly<Record<string, readonly string[]>> = {
  access: ["repository", "store", "bundle"] satisfies readonly Access[],
  profile: ["compatible", "strict"] satisfies readonly Profile[],
};

function converted(name: string, value: unknown, like: unknown): unknown {
  switch (typeof like) {
    case "bigint":
      return BigInt(whole(name, value, Number.MAX_SAFE_INTEGER));
    case "number":
      return whole(name, value, 0xffff_ffff);
    case "string":
      if (typeof value !== "string" || CHOICES[name]?.includes(value) !== true) {
        const renamed = name === "profile" ? renamedProfile(value) : undefined;
        const hint = renamed === undefined ? "" : `: ${renamed}`;
        throw new TypeError(`the setting ${name} is one of ${CHOICES[name]?.join(", ")}${hint}`);
      }
      return value;
    case "boolean":
      if (typeof value !== "boolean") {
        throw new TypeError(`the setting ${name} is a boolean`);
      }
      return value;
    default:
      throw new TypeError(`there is no setting ${name}`);
  }
}

function whole(name: string, value: unknown, largest: number): number {
  if (typeof value !== "number") {
    throw new TypeError(`the setting ${name} is a number`);
  }
  if (!Number.isInteger(value) || value < 0 || value > largest) {
    throw new RangeError(`the setting ${name} is a whole number from 0 to ${largest}`);
  }
  return value;
}
