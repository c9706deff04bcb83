/** The updater in browsers. */

import { MemoryStore } from "../store/memory.js";
import { checkNames } from "../arguments.js";
import { HttpSource } from "../source/http.js";
import { type NewSource, OPTIONS, Updater as CommonUpdater, type UpdaterOptions } from "../updater.js";
import type { Verifier } from "../verifier.js";
import { newHasher } from "./hasher.js";

/** An updater that loads the module in this way. */
export class BrowserUpdater extends CommonUpdater {
  /** @internal */
  constructor(options: UpdaterOptions, load: () => Promise<Verifier>) {
    checkNames(options, OPTIONS);
    const newSource: NewSource = (...beginning) => new HttpSource(...beginning);
    super(options, options.store ?? new MemoryStore(), { loadVerifier: load, newHasher, newSource });
  }
}
