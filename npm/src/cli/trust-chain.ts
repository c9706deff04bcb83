/**
 * How trusted metadata hangs together, for a person to see. Everything here was verified before; nothing here is a verdict.
 */

import { isObject, type JsonObject, member } from "../npm/json.js";

/** A role as the one that delegates to it describes it. */
export interface RoleTrust {
  readonly role: string;
  /** Where its keys are listed; `root` for top-level roles. */
  readonly delegator: string;
  readonly threshold: number;
  readonly keys: readonly KeyFacts[];
  /** What it may speak for, in words; none for top-level roles. */
  readonly scope?: string;
  /** Whether a search ends with it. */
  readonly terminating?: boolean;
  /** Its own metadata; none where it was not needed. */
  readonly version?: number;
  readonly expires?: string;
}

/** A key. */
export interface KeyFacts {
  readonly keyid: string;
  readonly scheme: string;
}

const TOP_LEVEL = ["root", "timestamp", "snapshot", "targets"] as const;

/** The trusted metadata of one run. */
export class TrustChain {
  readonly #signed = new Map<string, JsonObject>();

  /** `metadata` is files of the trusted store by their names. */
  constructor(metadata: ReadonlyMap<string, Uint8Array>) {
    for (const [name, bytes] of metadata) {
      const role = /^([^/]+)\.json$/.exec(name)?.[1];
      const signed = role === undefined ? undefined : signedPart(bytes);
      if (role !== undefined && signed !== undefined) {
        this.#signed.set(decoded(role), signed);
      }
    }
  }

  /** The top-level roles, with the keys that the root lists. */
  topLevel(): readonly RoleTrust[] {
    const root = this.#signed.get("root");
    const roles = object(root, "roles");
    return TOP_LEVEL.map((role) => this.#trust(role, "root", object(roles, role), object(root, "keys")));
  }

  /** The delegations from the top-level targets role to this one, in their order; the shortest where there are several. */
  pathTo(role: string): readonly RoleTrust[] {
    const found = new Map<string, RoleTrust>();
    const queue = ["targets"];
    for (let current = queue.shift(); current !== undefined && current !== role; current = queue.shift()) {
      for (const delegated of this.#delegations(current, role)) {
        if (!found.has(delegated.role) && delegated.role !== "targets") {
          found.set(delegated.role, delegated);
          queue.push(delegated.role);
        }
      }
    }
    const path: RoleTrust[] = [];
    for (let step = found.get(role); step !== undefined; step = found.get(step.delegator)) {
      path.unshift(step);
    }
    return path;
  }

  #delegations(delegator: string, wanted: string): readonly RoleTrust[] {
    const delegations = object(this.#signed.get(delegator), "delegations");
    const keys = object(delegations, "keys");
    const listed = member(delegations, "roles");
    const roles = (Array.isArray(listed) ? (listed as readonly unknown[]) : []).filter(isObject).map((value) => {
      const trust = this.#trust(text(value, "name"), delegator, value, keys);
      return { ...trust, scope: scope(value), terminating: member(value, "terminating") === true };
    });
    const succinct = object(delegations, "succinct_roles");
    const prefix = text(succinct, "name_prefix");
    if (prefix !== "" && wanted.startsWith(`${prefix}-`)) {
      const bins = `one of 2^${number(succinct, "bit_length")} bins`;
      return [...roles, { ...this.#trust(wanted, delegator, succinct, keys), scope: bins }];
    }
    return roles;
  }

  #trust(role: string, delegator: string, value: JsonObject, keys: JsonObject): RoleTrust {
    const signed = this.#signed.get(role);
    const keyids = member(value, "keyids");
    const ids = (Array.isArray(keyids) ? (keyids as readonly unknown[]) : []).filter((id) => typeof id === "string");
    const own = signed === undefined ? {} : { version: number(signed, "version"), expires: text(signed, "expires") };
    return {
      role,
      delegator,
      threshold: number(value, "threshold"),
      keys: ids.map((keyid) => ({ keyid, scheme: text(object(keys, keyid), "scheme") })),
      ...own,
    };
  }
}

function signedPart(bytes: Uint8Array): JsonObject | undefined {
  try {
    const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const signed = isObject(document) ? member(document, "signed") : undefined;
    return isObject(signed) ? signed : undefined;
  } catch {
    // What the verifier did not use was replaced, and is not shown.
    return undefined;
  }
}

function scope(value: JsonObject): string {
  const paths = member(value, "paths");
  const prefixes = member(value, "path_hash_prefixes");
  return Array.isArray(paths) ? `paths ${paths.join(" ")}` : `hash prefixes ${Array.isArray(prefixes) ? prefixes.join(" ") : ""}`;
}

function object(value: JsonObject | undefined, name: string): JsonObject {
  const found = value === undefined ? undefined : member(value, name);
  return isObject(found) ? found : {};
}

function text(value: JsonObject, name: string): string {
  const found = member(value, name);
  return typeof found === "string" ? found : "";
}

function number(value: JsonObject, name: string): number {
  const found = member(value, name);
  return typeof found === "number" ? found : 0;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
