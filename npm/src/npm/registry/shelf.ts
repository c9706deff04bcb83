/** What the registry of one run has: the documents and tarballs of a judged lock file, verified before anybody reads them. */

import { TargetNotFound } from "../../errors.js";
import type { TargetFile } from "../../target-file.js";
import { withAddresses } from "../document.js";
import { type Group, LockError, type Tarball } from "../lock.js";
import { isSigned, type JudgedEntry } from "../lock-verdict.js";
import type { PackageName } from "../package-name.js";
import { forEach, type VerifiedPackages } from "../verified-packages.js";
import { type Asked, comparable, tarballAddress } from "./address.js";
import type { Answer } from "./server.js";

/** A tarball that may be handed out. */
export interface Shelved {
  readonly target: TargetFile;
  readonly tarball: Tarball;
  readonly groups: readonly Group[];
}

/** What the registry of one run has. */
export class Shelf {
  readonly #packages: VerifiedPackages;
  readonly #byAddress = new Map<string, Shelved>();
  readonly #byName = new Map<string, Shelved[]>();
  readonly #handedOut = new Map<string, Shelved>();
  #failure: unknown;

  /** @throws {LockError} where the lock file has two packages at one address. */
  constructor(packages: VerifiedPackages, judged: readonly JudgedEntry[]) {
    this.#packages = packages;
    for (const { entry, verdict } of judged) {
      if (isSigned(verdict)) {
        this.#put({ target: verdict.target, tarball: verdict.tarball, groups: entry.groups });
      }
    }
  }

  /** Every tarball that was handed out, once. */
  get handedOut(): readonly Shelved[] {
    return [...this.#handedOut.values()];
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
   * Fetches and verifies the tarballs that npm will ask for: those of no group that is left out. The others are verified when npm
   * asks.
   *
   * @throws what kept a tarball from being verified.
   */
  async verifyTarballs(leftOut: ReadonlySet<Group>): Promise<number> {
    const needed = [...this.#byName.values()].flat().filter(({ groups }) => !groups.some((group) => leftOut.has(group)));
    const targets = new Map(needed.map(({ target }) => [target.path, target]));
    await forEach(targets.values(), (target) => this.#packages.file(target));
    return targets.size;
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
      // npm gets on without a document where it has the address.
      if (!(error instanceof TargetNotFound)) {
        this.#failure ??= error;
      }
      throw error;
    }
  }

  async #answerDocument(name: PackageName, base: string): Promise<Answer> {
    const document = await this.#packages.document(name);
    const text = withAddresses(document, (version) => `${base}${tarballAddress(name, version).slice(1)}`);
    return { tag: "json", text };
  }

  async #answerTarball(address: string): Promise<Answer> {
    const shelved = this.#byAddress.get(address);
    if (shelved === undefined) {
      return { tag: "refused", why: `${address} is not of the verified lock file` };
    }
    const path = await this.#packages.file(shelved.target);
    this.#handedOut.set(shelved.target.path, shelved);
    return { tag: "file", path, length: shelved.target.length };
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
