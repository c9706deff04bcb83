/** A folder of targets: the tarballs of packages, and the documents that are made of them. */

import { createHash, randomBytes } from "node:crypto";
import { readdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFoldersBelow, refuseLinksBelow } from "../node/below.js";
import { NotRegular, readRegular } from "../node/regular-file.js";
import { replace } from "../node/replace.js";
import { hasDigests, integrityOf } from "./integrity.js";
import type { JsonObject } from "./json.js";
import { documentPath, tarballName, tarballPath } from "./layout.js";
import type { Tarball } from "./lock.js";
import { manifestOf } from "./manifest.js";
import { isVersion, type PackageName } from "./package-name.js";
import { TarError } from "./tar.js";
import { compareVersions, isPrerelease } from "./version-order.js";

/** Most bytes of a tarball. */
const MAX_TARBALL = 1 << 30;

/** A tarball is not the one that the lock file names, or differs from one that is in the folder already. */
export class CollectionError extends Error {
  override readonly name = "CollectionError";
}

/** A folder of targets. */
export class Collection {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether the tarball of this package is there, with the bytes that the lock file demands. */
  async has(tarball: Tarball): Promise<boolean> {
    const bytes = await this.#read(tarballPath(tarball.name, tarball.version));
    return bytes !== undefined && matches(tarball, bytes);
  }

  /**
   * Adds a tarball.
   *
   * @throws {CollectionError} where it is not the one that the lock file names, or another one is there already: a version of a
   * package never changes. {@link TarError} where it is no package, or calls itself another.
   */
  async add(tarball: Tarball, bytes: Uint8Array): Promise<void> {
    const { name, version, integrity } = tarball;
    const digest = integrityOf(sha512(bytes));
    if (!matches(tarball, bytes)) {
      throw new CollectionError(`the registry's ${name.full}@${version} is ${digest}, the lock file demands ${String(integrity)}`);
    }
    await this.#manifestOf(name, version, bytes);
    const path = tarballPath(name, version);
    const before = await this.#read(path);
    if (before !== undefined && integrityOf(sha512(before)) !== digest) {
      throw new CollectionError(`${join(this.#folder, path)} is there already, with other bytes`);
    }
    await this.#write(path, bytes);
  }

  /**
   * Writes the document of a package anew. It lists the versions whose tarballs are in the folder, and no others; `latest` is the
   * newest that is no pre-release. The same tarballs give the same bytes.
   *
   * @throws {TarError} where a tarball is no package.
   */
  async writeDocument(name: PackageName): Promise<void> {
    const listed = await this.#versions(name);
    const versions: [string, JsonObject][] = [];
    for (const version of listed) {
      versions.push([version, await this.#manifest(name, version)]);
    }
    const latest = listed.findLast((version) => !isPrerelease(version)) ?? listed.at(-1);
    const document = { name: name.full, "dist-tags": { latest }, versions: Object.fromEntries(versions) };
    await this.#write(documentPath(name), Buffer.from(`${JSON.stringify(document)}\n`));
  }

  /** Versions of a package whose tarballs are there, the oldest first. */
  async #versions(name: PackageName): Promise<readonly string[]> {
    const folder = dirname(join(this.#folder, tarballPath(name, "")));
    const files = await readdir(folder);
    return files
      .map((file) => file.slice(name.base.length + 1, -".tgz".length))
      .filter((version) => isVersion(version) && files.includes(tarballName(name, version)))
      .sort(compareVersions);
  }

  async #manifest(name: PackageName, version: string): Promise<JsonObject> {
    return this.#manifestOf(name, version, (await this.#read(tarballPath(name, version))) ?? new Uint8Array());
  }

  async #manifestOf(name: PackageName, version: string, bytes: Uint8Array): Promise<JsonObject> {
    try {
      return await manifestOf(name, version, bytes);
    } catch (error) {
      throw error instanceof TarError ? new TarError(`${name.full}@${version}: ${error.message}`, { cause: error }) : error;
    }
  }

  async #read(path: string): Promise<Uint8Array | undefined> {
    const file = join(this.#folder, path);
    await refuseLinksBelow(this.#folder, dirname(file));
    try {
      return (await readRegular(file, MAX_TARBALL)).bytes;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        return undefined;
      }
      throw error instanceof NotRegular ? new CollectionError(`${file}: ${error.message}`, { cause: error }) : error;
    }
  }

  async #write(path: string, bytes: Uint8Array): Promise<void> {
    const file = join(this.#folder, path);
    const folder = dirname(file);
    await makeFoldersBelow(this.#folder, folder);
    const unfinished = (): string => `.tuf-${randomBytes(8).toString("hex")}.unfinished`;
    await replace({ folder, name: basename(file), bytes, unfinished });
  }
}

function matches(tarball: Tarball, bytes: Uint8Array): boolean {
  return hasDigests(tarball.integrity ?? "", (algorithm) => createHash(algorithm).update(bytes).digest("hex"));
}

function sha512(bytes: Uint8Array): string {
  return createHash("sha512").update(bytes).digest("hex");
}
