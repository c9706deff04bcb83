/** Values of the package as the worlds have them: names as in WIT, numbers of 64 bits as text, bytes as their SHA-256. */

import { createHash } from "node:crypto";
import { Malformed, Missing, Misuse, Refusal, Unsupported, type VerifierError } from "tuf-verifier";
import type { Json } from "./files.js";

/** A value in the form of the worlds. A member without a value is left out. */
export function plain(value: unknown): Json {
  switch (typeof value) {
    case "string":
    case "boolean":
    case "number":
      return value;
    case "bigint":
      return String(value);
    case "undefined":
      return null;
  }
  if (value instanceof Uint8Array) {
    return createHash("sha256").update(value).digest("hex");
  }
  if (Array.isArray(value)) {
    return value.map(plain);
  }
  if (typeof value === "object") {
    return members(value ?? {}, plain);
  }
  throw new TypeError(`no value of the package: ${String(value)}`);
}

/** A recorded value: members without a value are left out as in {@link plain}. */
export function compact(value: Json): Json {
  if (isArray(value)) {
    return value.map(compact);
  }
  return typeof value === "object" && value !== null ? members(value, compact) : value;
}

/** Whether JSON is an array: `Array.isArray` does not know read-only ones. */
export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The failure that an error of the package was made of. Any other error is thrown. */
export function failure(error: unknown): unknown {
  if (error instanceof Refusal) {
    return record(error, { tag: "refused", val: error.attack });
  }
  if (error instanceof Unsupported) {
    return record(error, { tag: "unsupported", val: error.lacking });
  }
  if (error instanceof Malformed) {
    return record(error, { tag: "malformed", val: { name: error.file, reason: error.reason, offset: error.offset } });
  }
  if (error instanceof Missing) {
    return record(error, { tag: "missing", val: { name: error.file, place: error.place } });
  }
  if (error instanceof Misuse) {
    return record(error, { tag: "misuse", val: error.message });
  }
  throw error;
}

function record({ code, message, advice }: VerifierError, cause: unknown): unknown {
  return { code, message, advice, cause };
}

/** An object whose members were converted, with names as in WIT. */
function members<T>(value: object, convert: (member: T) => Json): Json {
  const named = Object.entries(value).map(([name, member]) => [kebab(name), convert(member as T)] as const);
  return Object.fromEntries(named.filter(([, member]) => member !== null));
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
