/** The cache of verified targets that a configuration asks for. */

import { join } from "node:path";
import { TargetCache } from "../node/target-cache.js";
import { cacheFolder, type Config } from "./config.js";
import type { Shell } from "./shell.js";

/** The cache; `undefined` where it is switched off or cannot be used, which is a warning and no failure. */
export function openCache({ cacheSize }: Config, shell: Shell): Promise<TargetCache | undefined> {
  const folder = join(cacheFolder(), "tuf-verifier", "targets");
  return TargetCache.open(folder, cacheSize, (text) => {
    shell.warning(text);
    shell.emit("tuf-notice", { file: folder, code: "cache-unusable", message: text });
  });
}
