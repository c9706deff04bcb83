/** The document of a package: which versions there are, with the integrity of each tarball. */

import { integrityOf, sha512Digests } from "./integrity.js";
import { isObject, type JsonObject, member } from "./json.js";
import type { PackageName } from "./package-name.js";

/** A verified document of a package. */
export interface PackageDocument {
  readonly name: PackageName;
  readonly value: JsonObject;
}

/** A signed document is none, or contradicts a signed tarball. */
export class DocumentError extends Error {
  override readonly name = "DocumentError";
}

/**
 * The bytes of a signed document (UTF-8 JSON, as npm's registries have it) as the document of this package.
 *
 * @throws {DocumentError} where it is none, or one of another package.
 */
export function parseDocument(name: PackageName, bytes: Uint8Array): PackageDocument {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new DocumentError(`the document of ${name.full} is not JSON`, { cause });
  }
  if (!isObject(value) || member(value, "name") !== name.full || !isObject(member(value, "versions"))) {
    throw new DocumentError(`the document of ${name.full} is none of this package`);
  }
  return { name, value };
}

/**
 * What a document lists of a version, whose signed tarball has this SHA-512 (hexadecimal).
 *
 * @throws {DocumentError} where it does not list the version, or with other bytes.
 */
export function checkVersion(document: PackageDocument, version: string, sha512: string): JsonObject {
  const listed = member(versions(document), version);
  if (!isObject(listed)) {
    throw new DocumentError(`the document of ${document.name.full} does not list version ${version}`);
  }
  const dist = member(listed, "dist");
  const integrity = isObject(dist) ? member(dist, "integrity") : undefined;
  const digests = typeof integrity === "string" ? sha512Digests(integrity) : [];
  if (digests.length === 0 || !digests.every((digest) => digest === sha512)) {
    const message = `the document of ${document.name.full} lists version ${version} as ${String(integrity)}`;
    throw new DocumentError(`${message}, its signed tarball is ${integrityOf(sha512)}`);
  }
  return listed;
}

/** The document with other addresses: those at which the registry of this run serves the tarballs. */
export function withAddresses(document: PackageDocument, address: (version: string) => string): string {
  const entries = Object.entries(versions(document)).map(([version, listed]) => {
    const dist = isObject(listed) ? member(listed, "dist") : undefined;
    const known = isObject(listed) && isObject(dist);
    return [version, known ? { ...listed, dist: { ...dist, tarball: address(version) } } : listed];
  });
  return JSON.stringify({ ...document.value, versions: Object.fromEntries(entries) });
}

function versions(document: PackageDocument): JsonObject {
  return member(document.value, "versions") as JsonObject;
}
