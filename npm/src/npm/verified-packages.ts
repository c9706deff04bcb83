/** Documents and tarballs of packages, each verified before anybody reads it, and fetched once. */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { TargetNotFound } from "../errors.js";
import { MAX_ENTRY, type TargetCache } from "../node/target-cache.js";
import { type Lookup, type TargetFile } from "../target-file.js";
import { type Inventory, inventoryOf } from "./accounting.js";
import { checkVersion, DocumentError, type PackageDocument, parseDocument } from "./document.js";
import type { Digest } from "./integrity.js";
import type { JsonObject } from "./json.js";
import { documentPath } from "./layout.js";
import type { Tarball } from "./lock.js";
import type { Evidence } from "./lock-claims.js";
import type { PackageName } from "./package-name.js";
import { forEach } from "./side-by-side.js";
import { filesOfTarball, type PackageFiles, TarError } from "./tar.js";

/** Most bytes of a document. */
const MAX_DOCUMENT = 64 << 20;

/** Most bytes of a tarball that is in memory beside others. Larger ones go there one at a time. */
const SMALL = 4 << 20;

/** The part of an updater that fetches verified bytes. */
export interface Fetcher {
  search(path: string): Promise<Lookup>;
  readTarget(target: TargetFile): Promise<Uint8Array>;
  downloadTarget(target: TargetFile, filePath: string): Promise<string>;
  /** Whether bytes are those of a target, by the metadata of this run. */
  isTarget(target: TargetFile, bytes: Uint8Array): Promise<boolean>;
}

/** Where verified packages are while a run lasts, and where they come from beside the repository. */
export interface Places {
  /** An empty folder that nobody else writes into: npm's cache of this run. `undefined` where npm is to ask for each tarball. */
  readonly npmCache: string | undefined;
  /** An empty folder for what npm asks the registry for. */
  readonly tarballs: string;
  /** What earlier runs have verified, and this one verifies again. */
  readonly cache: TargetCache | undefined;
}

/** The verified documents and tarballs of one run. */
export class VerifiedPackages implements Evidence {
  readonly #fetcher: Fetcher;
  readonly #places: Places;
  readonly #documents = new Map<string, Promise<PackageDocument>>();
  readonly #files = new Map<string, Promise<string>>();
  readonly #inventories = new Map<string, Promise<Inventory>>();
  /** What did not come from the cache, and how it is read. */
  #fetched: { readonly target: TargetFile; readonly read: () => Promise<Uint8Array> }[] = [];
  #begun: Promise<void> = Promise.resolve();
  /** Paths in npm's cache that are taken. */
  readonly #forNpm = new Set<string>();
  #isSealed = false;
  /** The last task with a large tarball in memory. */
  #large: Promise<unknown> = Promise.resolve();
  #opened: { readonly path: string; readonly files: Promise<PackageFiles> } | undefined;

  constructor(fetcher: Fetcher, places: Places) {
    this.#fetcher = fetcher;
    this.#places = places;
  }

  /**
   * Begins with documents and tarballs that will be asked for, and goes no further where one fails. The failure is that of whoever asks
   * for it.
   */
  begin(documents: Iterable<PackageName>, tarballs: Iterable<TargetFile>): void {
    const tasks = [
      ...[...documents].map((name) => () => this.listedDocument(name)),
      ...[...tarballs].map((target) => () => this.file(target)),
    ];
    this.#begun = forEach(tasks, (task) => task()).catch(() => undefined);
  }

  /** Waits for everything that was begun, which whoever calls has broken off: afterwards nothing is written. */
  async end(): Promise<void> {
    await this.#begun;
    await Promise.allSettled([...this.#documents.values(), ...this.#files.values(), ...this.#inventories.values()]);
  }

  /**
   * The document of a package.
   *
   * @throws {TargetNotFound} where there is none; {@link DocumentError} where it is none of this package.
   */
  document(name: PackageName): Promise<PackageDocument> {
    return remembered(this.#documents, name.full, () => this.#readDocument(name));
  }

  /** The document of a package; `undefined` where there is none. */
  async listedDocument(name: PackageName): Promise<PackageDocument | undefined> {
    try {
      return await this.document(name);
    } catch (error) {
      if (error instanceof TargetNotFound) {
        return undefined;
      }
      throw error;
    }
  }

  /** @throws {DocumentError} where the document contradicts the signed tarball. */
  async listed(tarball: Tarball, target: TargetFile): Promise<JsonObject | undefined> {
    const document = await this.listedDocument(tarball.name);
    return document && checkVersion(document, tarball.version, target.hashes["sha512"] ?? "");
  }

  /** The file of a tarball. */
  file(target: TargetFile): Promise<string> {
    return remembered(this.#files, target.path, () => {
      const { npmCache, tarballs } = this.#places;
      const sha512 = target.hashes["sha512"] ?? "";
      const isForNpm = !this.#isSealed && npmCache !== undefined && /^[0-9a-f]{128}$/.test(sha512);
      const forNpm = isForNpm ? contentPath(npmCache, sha512) : undefined;
      // Two targets may have the same bytes, and npm finds them once.
      if (forNpm === undefined || this.#forNpm.has(forNpm)) {
        return this.#place(target, join(tarballs, `${this.#files.size}.tgz`));
      }
      this.#forNpm.add(forNpm);
      return this.#place(target, forNpm);
    });
  }

  /**
   * The tarballs that are in npm's cache, from where npm takes them without asking: all that there are. No other one is put there
   * afterwards.
   */
  async seal(): Promise<ReadonlySet<string>> {
    this.#isSealed = true;
    await Promise.allSettled(this.#files.values());
    return new Set(this.#places.npmCache === undefined ? [] : this.#files.keys());
  }

  /** Puts what was fetched into the cache. Goes no further once the signal is aborted. */
  async keep(signal: AbortSignal): Promise<void> {
    const fetched = this.#fetched;
    this.#fetched = [];
    for (const { target, read } of fetched) {
      if (signal.aborted) {
        return;
      }
      const bytes = await read().catch(() => undefined);
      if (bytes !== undefined) {
        await this.#places.cache?.put(target, bytes);
      }
    }
    await this.#places.cache?.trim();
  }

  /** @throws {TarError} where the tarball cannot be read. */
  contents(target: TargetFile): Promise<PackageFiles> {
    // Packages of one bundle are asked for one behind the other. More than one would take too much memory.
    if (this.#opened?.path !== target.path) {
      this.#opened = { path: target.path, files: this.#open(target) };
    }
    return this.#opened.files;
  }

  /** What a tarball holds, as its installation has to be. @throws {TarError} where the tarball cannot be read. */
  inventory(target: TargetFile): Promise<Inventory> {
    return remembered(this.#inventories, target.path, async () => inventoryOf(await this.#open(target)));
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
    return parseDocument(name, await this.#read(lookup.val));
  }

  /** The bytes of a target: of the cache, or else of the repository. */
  async #read(target: TargetFile): Promise<Uint8Array> {
    const cached = await this.#cached(target);
    if (cached !== undefined) {
      return cached;
    }
    const bytes = await this.#fetcher.readTarget(target);
    this.#fetched.push({ target, read: () => Promise.resolve(bytes) });
    return bytes;
  }

  #cached(target: TargetFile): Promise<Uint8Array | undefined> {
    return this.#places.cache?.get(target, (bytes) => this.#fetcher.isTarget(target, bytes)) ?? Promise.resolve(undefined);
  }

  /** Makes the file of a tarball at a path. */
  async #place(target: TargetFile, path: string): Promise<string> {
    mkdirSync(dirname(path), { recursive: true });
    if (target.length <= SMALL) {
      // A promise for a small file takes longer than the file.
      writeFileSync(path, await this.#readSmall(target, path), { flag: "wx" });
    } else if (!(await this.#alone(() => this.#copyLarge(target, path)))) {
      await this.#fetcher.downloadTarget(target, path);
      this.#noteFetched(target, path);
    }
    return path;
  }

  /** Whether a large tarball was in the cache, from where it is copied. */
  async #copyLarge(target: TargetFile, path: string): Promise<boolean> {
    const bytes = await this.#cached(target);
    await (bytes && writeFile(path, bytes, { flag: "wx" }));
    return bytes !== undefined;
  }

  async #readSmall(target: TargetFile, path: string): Promise<Uint8Array> {
    const cached = await this.#cached(target);
    if (cached === undefined) {
      this.#noteFetched(target, path);
    }
    return cached ?? this.#fetcher.readTarget(target);
  }

  #noteFetched(target: TargetFile, path: string): void {
    if (target.length <= MAX_ENTRY) {
      this.#fetched.push({ target, read: () => readFile(path) });
    }
  }

  #alone<T>(task: () => Promise<T>): Promise<T> {
    const running = this.#large.then(task);
    this.#large = running.catch(() => undefined);
    return running;
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

/**
 * Where npm looks before it asks a registry: the path of the bytes with this SHA-512 (128 hexadecimal digits in lower case) in the folder
 * that npm has as `cache`. npm hashes what it finds there. An npm with another form of cache finds nothing, and asks.
 */
function contentPath(cache: string, sha512: string): string {
  return join(cache, "_cacache", "content-v2", "sha512", sha512.slice(0, 2), sha512.slice(2, 4), sha512.slice(4));
}
