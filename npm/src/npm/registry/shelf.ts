/** What the registry of one run has: the documents and tarballs of a judged lock file, verified before anybody reads them. */

import { TargetNotFound } from "../../errors.js";
import type { TargetFile } from "../../target-file.js";
import { Unaccounted } from "../accounting.js";
import { withAddresses } from "../document.js";
import { LockError, type Tarball } from "../lock.js";
import { isSigned, type JudgedEntry } from "../lock-verdict.js";
import type { PackageName } from "../package-name.js";
import { forEach } from "../side-by-side.js";
import type { VerifiedPackages } from "../verified-packages.js";
import { comparable, documentName, pathsOf, tarballAddress } from "./address.js";
import type { Answer } from "./server.js";

/** A tarball that may be handed out. */
export interface Shelved {
  readonly target: TargetFile;
  readonly tarball: Tarball;
  /** Where the lock file has it, below the project. */
  readonly location: string;
}

/** What the registry of one run has. */
export class Shelf {
  readonly #packages: VerifiedPackages;
  readonly #byAddress = new Map<string, Shelved>();
  readonly #byName = new Map<string, Shelved[]>();
  readonly #asked = new Set<string>();
  #inCache: ReadonlySet<string> = new Set();
  readonly #pending = new Set<Promise<unknown>>();
  #failure: unknown;

  /** @throws {LockError} where the lock file has two packages at one address. */
  constructor(packages: VerifiedPackages, judged: readonly JudgedEntry[]) {
    this.#packages = packages;
    for (const { entry, verdict } of judged) {
      if (isSigned(verdict)) {
        this.#put({ target: verdict.target, tarball: verdict.tarball, location: entry.location });
      }
    }
    this.#checkAddresses();
  }

  /** The packages whose tarballs npm could take: each target, with every location at which it may be. */
  get handedOut(): ReadonlyMap<string, readonly Shelved[]> {
    const paths = new Set([...this.#inCache, ...this.#asked]);
    const found = new Map<string, Shelved[]>();
    for (const shelved of [...this.#byName.values()].flat().filter(({ target }) => paths.has(target.path))) {
      found.set(shelved.target.path, [...(found.get(shelved.target.path) ?? []), shelved]);
    }
    return found;
  }

  /** Targets of the tarballs that npm asked for and got. */
  get asked(): ReadonlySet<string> {
    return this.#asked;
  }

  /** Leaves what was verified in npm's cache to npm. What is verified later, it gets if it asks. */
  async handToNpm(): Promise<void> {
    this.#inCache = await this.#packages.seal();
  }

  /**
   * What kept the first request from its answer that should have had one; `undefined` where there is none. npm may end before
   * everything that it asked for is answered, so answers are waited for.
   */
  async failure(): Promise<unknown> {
    await Promise.allSettled(this.#pending);
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
    await forEach(this.#byName.values(), async (shelved) => {
      let isThere = true;
      for (const { tarball, target } of shelved) {
        isThere &&= (await this.#packages.listed(tarball, target)) !== undefined;
      }
      const [first] = shelved;
      if (isThere) {
        verified += 1;
      } else if (first !== undefined && shelved.some(({ tarball }) => tarball.resolved === undefined)) {
        await this.#packages.document(first.tarball.name);
      }
    });
    return verified;
  }

  /**
   * Fetches and verifies the tarballs at these locations, which npm will ask for. The others are verified when npm asks.
   *
   * @throws what kept a tarball from being verified.
   */
  async verifyTarballs(locations: ReadonlySet<string>): Promise<number> {
    const needed = [...this.#byName.values()].flat().filter(({ location }) => locations.has(location));
    const targets = new Map(needed.map(({ target }) => [target.path, target]));
    await forEach(targets.values(), (target) => this.#packages.file(target));
    return targets.size;
  }

  /**
   * The answer to a request of npm, where `base` is the URL of the registry. An address of the lock file counts before everything else,
   * whatever it looks like.
   */
  answer(path: string, base: string): Promise<Answer> {
    const answer = this.#find(path, base);
    this.#pending.add(answer);
    const isSettled = (): void => void this.#pending.delete(answer);
    answer.then(isSettled, isSettled);
    return answer;
  }

  async #find(path: string, base: string): Promise<Answer> {
    const shelved = this.#byAddress.get(comparable(path));
    const name = documentName(path);
    try {
      if (shelved !== undefined) {
        return await this.#answerTarball(shelved);
      }
      if (name !== undefined) {
        const why = `the document of ${name.full} is not of the verified lock file`;
        return this.#byName.has(name.full) ? await this.#answerDocument(name, base) : { tag: "refused", why };
      }
    } catch (error) {
      // npm gets on without a document where it has the address.
      if (!(error instanceof TargetNotFound)) {
        this.#failure ??= error;
      }
      throw error;
    }
    // npm passes over an optional package that it does not get, and deletes what needs it.
    this.#failure ??= new Unaccounted(`npm asked for ${path}, which is not of the verified lock file`);
    return { tag: "refused", why: `${path} is not of the verified lock file` };
  }

  async #answerDocument(name: PackageName, base: string): Promise<Answer> {
    const document = await this.#packages.document(name);
    const text = withAddresses(document, (version) => `${base}${tarballAddress(name, version).slice(1)}`);
    return { tag: "json", text };
  }

  async #answerTarball({ target }: Shelved): Promise<Answer> {
    const path = await this.#packages.file(target);
    this.#asked.add(target.path);
    return { tag: "file", path, length: target.length };
  }

  /** A tarball is found at the address of the lock file and at the one that its document gets. */
  #put(shelved: Shelved): void {
    const { name, version, resolved } = shelved.tarball;
    this.#byName.set(name.full, [...(this.#byName.get(name.full) ?? []), shelved]);
    const addresses = [tarballAddress(name, version), ...(resolved === undefined ? [] : pathsOf(resolved))];
    for (const address of addresses) {
      const other = this.#byAddress.get(address);
      if (other !== undefined && other.target.path !== shelved.target.path) {
        throw new LockError(`${other.target.path} and ${shelved.target.path} have one address: ${address}`);
      }
      this.#byAddress.set(address, shelved);
    }
  }

  /** Who asks for a document must not get a tarball. */
  #checkAddresses(): void {
    for (const [address, { target }] of this.#byAddress) {
      const shelved = this.#byName.get(documentName(address)?.full ?? "") ?? [];
      if (shelved.some(({ tarball }) => tarball.resolved === undefined)) {
        throw new LockError(`${target.path} has the address of a document: ${address}`);
      }
    }
  }
}
