/** Settings by the names that tuf-js has for them. */

import type { UpdaterOptions } from "./updater.js";

/** The `config` of tuf-js. Anything else in it is an error. */
export interface TufJsConfig {
  /** `settings.maxRootUpdates`. */
  readonly maxRootRotations?: number;
  /** `settings.maxDelegations`. */
  readonly maxDelegations?: number;
  /** `settings.rootMaxLength`. */
  readonly rootMaxLength?: number;
  /** `settings.timestampMaxLength`. */
  readonly timestampMaxLength?: number;
  /** `settings.snapshotMaxLength`. */
  readonly snapshotMaxLength?: number;
  /** `settings.targetsMaxLength`. */
  readonly targetsMaxLength?: number;
  /** Must be `true`: where the repository has consistent snapshots, targets are under names with their hash (5.7.2). */
  readonly prefixTargetsWithHash?: boolean;
  /** Milliseconds until an answer begins: `http.timeouts`. */
  readonly fetchTimeout?: number;
  /** Further tries after the first. */
  readonly fetchRetries?: number;
  /** Further tries after the first, as `fetchRetries`. */
  readonly fetchRetry?: number;
  /** The `user-agent` header. */
  readonly userAgent?: string;
}

const SETTINGS = {
  maxRootRotations: "maxRootUpdates",
  maxDelegations: "maxDelegations",
  rootMaxLength: "rootMaxLength",
  timestampMaxLength: "timestampMaxLength",
  snapshotMaxLength: "snapshotMaxLength",
  targetsMaxLength: "targetsMaxLength",
} as const;

/**
 * The options with the names of tuf-js turned into this package's. What is given under both names is an error.
 *
 * @throws {TypeError} for a name that tuf-js does not have, or a setting that this package has no counterpart of.
 */
export function fromConfig<T extends UpdaterOptions & { readonly config?: TufJsConfig; readonly forceCache?: boolean }>(options: T): T {
  const settings: Record<string, unknown> = options.forceCache === true ? { freshFor: Number.MAX_SAFE_INTEGER } : {};
  const http: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(options.config ?? {})) {
    if (value !== undefined) {
      take(name, value, settings, http);
    }
  }
  return { ...options, settings: { ...settings, ...options.settings }, http: { ...http, ...options.http } };
}

function take(name: string, value: unknown, settings: Record<string, unknown>, http: Record<string, unknown>): void {
  switch (name) {
    case "fetchTimeout":
      http["timeouts"] = { response: value };
      return;
    case "fetchRetries":
      http["retries"] = value;
      return;
    case "fetchRetry":
      http["retries"] ??= value;
      return;
    case "userAgent":
      http["userAgent"] = value;
      return;
    case "prefixTargetsWithHash":
      if (value !== true) {
        throw new TypeError("config.prefixTargetsWithHash must be true: names with hashes are the specification's (5.7.2)");
      }
      return;
    default: {
      const known: Readonly<Record<string, string>> = SETTINGS;
      const setting = Object.hasOwn(known, name) ? known[name] : undefined;
      if (setting === undefined) {
        throw new TypeError(`there is no config.${name}`);
      }
      settings[setting] = value;
    }
  }
}
