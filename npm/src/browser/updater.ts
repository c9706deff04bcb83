/** The updater in browsers. */

import { judgeInModule } from "../client/judge.js";
import { MemoryStore } from "../store/memory.js";
import { checkNames, OPTIONS, Updater as CommonUpdater, type UpdaterOptions } from "../updater.js";
import { loadVerifier } from "./load.js";

/** The client of one repository. Without a store, nothing is kept: rollbacks behind an earlier page are not seen. */
export class Updater extends CommonUpdater {
  constructor(options: UpdaterOptions) {
    checkNames(options, OPTIONS);
    super(options, options.store ?? new MemoryStore(), { loadVerifier, newJudge: judgeInModule });
  }
}
