/** What the registry of one run has: the documents and tarballs of a judged lock file, verified before anybody reads them. */

import { join } from "node:path";
import { TargetNotFound } from "../../errors.js";
import { inWords, type Lookup, type TargetFile } from "../../target-file.js";
import { checkVersion, DocumentError, type PackageDocument, parseDocument, withAddresses } from "../document.js";
import { documentPath } from "../layout.js";
import { type Group, LockError, type Tarball } from "../lock.js";
import type { JudgedEntry } from "../lock-verdict.js";
import type { PackageName } from "../package-name.js";
import { type Asked, comparable, tarballAddress } from "./address.js";
import type { Answer } from "./server.js";

/** Most bytes of a document. */
const MAX_DOCUMENT = 64 << 20;

/** The part of an updater that fetches verified bytes. */
export interface Fetcher {
  search(path: string): Promise<Lookup>;
  readTarget(target: TargetFile): Promise<Uint8Array>;
  downloadTarget(target: TargetFile, filePath: string): Promise<string>;
}

/** Tarballs fetched at a time. */
const AT_A_TIME = 8;

/** A tarball that may be handed out. */
interface Shelved {
  readonly target: TargetFile;
  readonly tarball: Tarball;
  readonly groups: readonly Group[];
}

/** What the registry of one run has. */
export class Shelf {
  readonly #fetcher: Fetcher;
  readonly #folder: string;
  readonly #byAddress = new Map<string, Shelved>();
  readonly #byName = new Map<string, Shelved[]>();
  readonly #documents = new Map<string, Promise<PackageDocument>>();
  readonly #files = new Map<string, Promise<string>>();
  readonly #served = new Set<string>();
  #failure: unknown;

  /**
   * `folder` is empty, and nobody else writes into it.
   *
   * @throws {LockError} where the lock file has two packages at one address.
   */
  constructor(fetcher: Fetcher, folder: string, judged: readonly JudgedEntry[]) {
    this.#fetcher = fetcher;
    this.#folder = folder;
    for (const { entry, verdict } of judged) {
      if (verdict.tag === "verified" || verdict.tag === "unpinned") {
        this.#put({ target: verdict.target, tarball: verdict.tarball, groups: entry.groups });
      }
    }
  }

  /** Name and version of every tarball that was handed out, as `name@version`. */
  get served(): ReadonlySet<string> {
    return this.#served;
  }

  /** What kept the first request from its answer that should have had one. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Fetches and verifies the document of every package, and compares it with the signed tarballs. A package that has no document
   * needs none where the lock file has the addresses of its tarballs.
   *
   * @throws {DocumentError} where the two contradict each other; otherwise what kept a document from being verified.
   */
  async verifyDocuments(): Promise<number> {
    let verified = 0;
    for (const [, shelved] of this.#byName) {
      const name = shelved[0]?.tarball.name;
      if (name === undefined) {
        continue;
      }
      try {
        await this.#document(name);
        verified += 1;
      } catch (error) {
        const isNeeded = shelved.some(({ tarball }) => tarball.resolved === undefined);
        if (!(error instanceof TargetNotFound) || isNeeded) {
          throw error;
        }
      }
    }
    return verified;
  }

  /**
   * Fetches and verifies the tarballs that npm will ask for: those of no group that is left out. The others are verified when npm
   * asks.
   *
   * @throws what kept a tarball from being verified.
   */
  async verifyTarballs(leftOut: ReadonlySet<Group>): Promise<number> {
    const needed = [...this.#byName.values()].flat().filter(({ groups }) => !groups.some((group) => leftOut.has(group)));
    const queue = [...new Map(needed.map(({ target }) => [target.path, target])).values()];
    const count = queue.length;
    const results = await Promise.allSettled(Array.from({ length: AT_A_TIME }, () => this.#work(queue)));
    for (const result of results) {
      if (result.status === "rejected") {
        throw result.reason;
      }
    }
    return count;
  }

  /** Takes targets from a queue, which the first failure empties for all. */
  async #work(queue: TargetFile[]): Promise<void> {
    try {
      for (let target = queue.shift(); target !== undefined; target = queue.shift()) {
        await this.#file(target);
      }
    } finally {
      queue.length = 0;
    }
  }

  /** The answer to a request of npm, where `base` is the URL of the registry. */
  async answer(asked: Asked, base: string): Promise<Answer> {
    const known = asked.tag === "document" ? this.#byName.has(asked.name.full) : this.#byAddress.has(asked.path);
    if (!known) {
      const what = asked.tag === "document" ? `the document of ${asked.name.full}` : asked.path;
      return { tag: "refused", why: `${what} is not of the verified lock file` };
    }
    try {
      return asked.tag === "document" ? await this.#answerDocument(asked.name, base) : await this.#answerTarball(asked.path);
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  async #answerDocument(name: PackageName, base: string): Promise<Answer> {
    const document = await this.#document(name);
    const text = withAddresses(document, (version) => `${base}${tarballAddress(name, version).slice(1)}`);
    return { tag: "json", text };
  }

  async #answerTarball(address: string): Promise<Answer> {
    const shelved = this.#byAddress.get(address);
    if (shelved === undefined) {
      return { tag: "refused", why: `${address} is not of the verified lock file` };
    }
    const { target, tarball } = shelved;
    const path = await this.#file(target);
    this.#served.add(`${tarball.name.full}@${tarball.version}`);
    return { tag: "file", path, length: target.length };
  }

  #file(target: TargetFile): Promise<string> {
    return remembered(this.#files, target.path, () => {
      return this.#fetcher.downloadTarget(target, join(this.#folder, `${this.#files.size}.tgz`));
    });
  }

  #document(name: PackageName): Promise<PackageDocument> {
    return remembered(this.#documents, name.full, () => this.#readDocument(name));
  }

  async #readDocument(name: PackageName): Promise<PackageDocument> {
    const path = documentPath(name);
    const lookup = await this.#fetcher.search(path);
    if (lookup.tag === "not-found") {
      throw new TargetNotFound(`there is no target ${path}: ${inWords(lookup.val)}`, path, lookup.val);
    }
    if (lookup.val.length > MAX_DOCUMENT) {
      throw new DocumentError(`${path} is listed with ${lookup.val.length} bytes, more than the ${MAX_DOCUMENT} that are read`);
    }
    const document = parseDocument(name, await this.#fetcher.readTarget(lookup.val));
    for (const { target, tarball } of this.#byName.get(name.full) ?? []) {
      checkVersion(document, tarball.version, target.hashes["sha512"] ?? "");
    }
    return document;
  }

  /** A tarball is found at the address of the lock file and at the one that its document gets. */
  #put(shelved: Shelved): void {
    const { name, version, resolved } = shelved.tarball;
    this.#byName.set(name.full, [...(this.#byName.get(name.full) ?? []), shelved]);
    const addresses = [tarballAddress(name, version), ...(resolved === undefined ? [] : [comparable(resolved.pathname)])];
    for (const address of addresses) {
      const other = this.#byAddress.get(address);
      if (other !== undefined && other.target.path !== shelved.target.path) {
        throw new LockError(`${other.target.path} and ${shelved.target.path} have one address: ${address}`);
      }
      this.#byAddress.set(address, shelved);
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
