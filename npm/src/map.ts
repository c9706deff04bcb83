/** Search on several repositories, each with a root of its own (TAP 4), without I/O. */

import { bytes, text } from "./arguments.js";
import type { RawMapSearch, RawRepositoryMap } from "./binding.js";
import type { Instance } from "./instance.js";
import type { Listing, MappedRepository, MapRequest } from "./records.js";

/** A map file: repositories, and the mappings that say which of them are asked for which targets. */
export class RepositoryMap {
  readonly #instance: Instance;
  readonly #raw: RawRepositoryMap;

  /** @internal */
  constructor(instance: Instance, raw: RawRepositoryMap) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /** The repositories, in the order of their names. */
  repositories(): readonly MappedRepository[] {
    return this.#instance.call(() => this.#raw.repositories());
  }

  /**
   * Names the root metadata (UTF-8 JSON) that is pinned for a repository, before the repository is first asked. Two names or two
   * URLs do not make two repositories: what is under the same root of trust counts once.
   *
   * @throws {Misuse} `same-root` where the keys that this root has in common with that of another repository can sign both, and a
   *   threshold of the map counts both.
   * @throws {Malformed} where it is no root metadata.
   */
  pin(repository: string, root: Uint8Array): void {
    const [name, metadata] = [text("repository", repository), bytes("root", root)];
    this.#instance.call(() => this.#raw.pin(name, metadata));
  }

  /**
   * Begins the search for a target.
   *
   * @throws {Misuse} for a path that could leave the base URL.
   */
  search(path: string): MapSearch {
    const checked = text("path", path);
    this.#instance.beginOperation();
    return new MapSearch(
      this.#instance,
      this.#instance.call(() => this.#raw.search(checked)),
    );
  }
}

/**
 * A search for one target on the repositories of a map. A repository that could not be reached, or whose metadata was refused,
 * has not answered: the search is given up then.
 */
export class MapSearch {
  readonly #instance: Instance;
  readonly #raw: RawMapSearch;

  /** @internal */
  constructor(instance: Instance, raw: RawMapSearch) {
    this.#instance = instance;
    this.#raw = raw;
  }

  /** What is needed next. `ask` is repeated until it is answered; anything else is the end. */
  next(): MapRequest {
    return this.#instance.call(() => this.#raw.next());
  }

  /**
   * Answers `ask`: what the repository lists of the target, or `undefined` where its search ended without it.
   *
   * @throws {Misuse} without an open request.
   */
  answer(listing: Listing | undefined): void {
    this.#instance.call(() => this.#raw.answer(listing === undefined ? undefined : { ...listing, hashes: [...listing.hashes] }));
  }
}
