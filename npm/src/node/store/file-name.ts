/** Files of a trusted store: where each is. */

import { createHash } from "node:crypto";
import type { StoreName } from "../../store/name.js";

/**
 * The name of the file in its folder: as it is, unless a file system could not hold it or could confuse it with that of a
 * top-level role. Then it is `%sha256-`, the hash of the name, and `.json` (nothing in a folder): `%s` is no escape, so that no
 * role has this name, and two roles never share one.
 */
export function fileName({ folder, name }: StoreName): string {
  if (name.length <= LONGEST && !isAmbiguous(name)) {
    return name;
  }
  const hash = createHash("sha256").update(name).digest("hex");
  return `%sha256-${hash}${folder === undefined ? ".json" : ""}`;
}

/** Bytes that most file systems allow in one name. */
const LONGEST = 255;

/** Names that some file systems take for a device, whatever follows the first dot. */
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9])$/;

/** The names of the top-level roles: another role's file must not replace theirs where case is ignored. */
const TOP_LEVEL: readonly string[] = ["root.json", "timestamp.json", "snapshot.json", "targets.json"];

function isAmbiguous(name: string): boolean {
  const lower = name.toLowerCase();
  const stem = lower.split(".", 1)[0] ?? "";
  return (lower !== name && TOP_LEVEL.includes(lower)) || DEVICE.test(stem);
}
