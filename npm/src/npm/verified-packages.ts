/** Documents and tarballs of packages, each verified before anybody reads it, and fetched once. */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TargetNotFound } from "../errors.js";
import { type Lookup, type TargetFile } from "../target-file.js";
import { checkVersion, DocumentError, type PackageDocument, parseDocument } from "./document.js";
import type { Digest } from "./integrity.js";
import type { JsonObject } from "./json.js";
import { documentPath } from "./layout.js";
import type { Tarball } from "./lock.js";
import type { Evidence } from "./lock-claims.js";
import type { PackageName } from "./package-name.js";
import { filesOfTarball, type PackageFiles, TarError } from "./tar.js";

/** Most bytes of a document. */
const MAX_DOCUMENT = 64 << 20;

/** Targets fetched at a time. */
const AT_A_TIME = 8;

/** The part of an updater that fetches verified bytes. */
export interface Fetcher {
  search(path: string): Promise<Lookup>;
  readTarget(target: TargetFile): Promise<Uint8Array>;
  downloadTarget(target: TargetFile, filePath: string): Promise<string>;
}

/** The verified documents and tarballs of one run. */
export class VerifiedPackages implements Evidence {
  readonly #fetcher: Fetcher;
  readonly #folder: string;
  readonly #documents = new Map<string, Promise<PackageDocument>>();
  readonly #files = new Map<string, Promise<string>>();
  #opened: { readonly path: string; readonly files: Promise<PackageFiles> } | undefined;

  /** `folder` is empty, and nobody else writes into it. */
  constructor(fetcher: Fetcher, folder: string) {
    this.#fetcher = fetcher;
    this.#folder = folder;
  }

  /**
   * The document of a package.
   *
   * @throws {TargetNotFound} where there is none; {@link DocumentError} where it is none of this package.
   */
  document(name: PackageName): Promise<PackageDocument> {
    return remembered(this.#documents, name.full, () => this.#readDocument(name));
  }

  /** @throws {DocumentError} where the document contradicts the signed tarball. */
  async listed(tarball: Tarball, target: TargetFile): Promise<JsonObject | undefined> {
    try {
      return checkVersion(await this.document(tarball.name), tarball.version, target.hashes["sha512"] ?? "");
    } catch (error) {
      if (error instanceof TargetNotFound) {
        return undefined;
      }
      throw error;
    }
  }

  /** The file of a tarball. */
  file(target: TargetFile): Promise<string> {
    return remembered(this.#files, target.path, () => {
      return this.#fetcher.downloadTarget(target, join(this.#folder, `${this.#files.size}.tgz`));
    });
  }

  /** @throws {TarError} where the tarball cannot be read. */
  contents(target: TargetFile): Promise<PackageFiles> {
    // Packages of one bundle are asked for one behind the other. More than one would take too much memory.
    if (this.#opened?.path !== target.path) {
      this.#opened = { path: target.path, files: this.#open(target) };
    }
    return this.#opened.files;
  }

  async digest(target: TargetFile, algorithm: Digest["algorithm"]): Promise<string> {
    return createHash(algorithm).update(await readFile(await this.file(target))).digest("hex");
  }

  async #open(target: TargetFile): Promise<PackageFiles> {
    try {
      return await filesOfTarball(await readFile(await this.file(target)));
    } catch (error) {
      throw error instanceof TarError ? new TarError(`${target.path}: ${error.message}`, { cause: error }) : error;
    }
  }

  async #readDocument(name: PackageName): Promise<PackageDocument> {
    const path = documentPath(name);
    const lookup = await this.#fetcher.search(path);
    if (lookup.tag === "not-found") {
      throw new TargetNotFound(path, lookup.val);
    }
    if (lookup.val.length > MAX_DOCUMENT) {
      throw new DocumentError(`${path} is listed with ${lookup.val.length} bytes, more than the ${MAX_DOCUMENT} that are read`);
    }
    return parseDocument(name, await this.#fetcher.readTarget(lookup.val));
  }
}

/** Runs a task for each item, several at a time. The first failure leaves out those that are not begun. @throws that failure. */
export async function forEach<T>(items: Iterable<T>, task: (item: T) => Promise<unknown>): Promise<void> {
  const queue = [...items];
  const work = async (): Promise<void> => {
    try {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        await task(item);
      }
    } finally {
      queue.length = 0;
    }
  };
  for (const result of await Promise.allSettled(Array.from({ length: AT_A_TIME }, work))) {
    if (result.status === "rejected") {
      throw result.reason;
    }
  }
}

/** Makes a value once for each key, also for those who ask meanwhile. */
function remembered<T>(values: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = values.get(key);
  if (known !== undefined) {
    return known;
  }
  const made = make();
  values.set(key, made);
  return made;
}
