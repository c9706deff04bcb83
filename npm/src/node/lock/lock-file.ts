/** Lock files, which strangers cannot open. */

import { constants } from "node:fs";
import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import { openWithoutLinks } from "../regular-file.js";

/**
 * Makes a lock file if need be, for its owner alone (mode 0600): whoever can open a file can hold its lock, even one who may only read
 * it. Where the file's folder is shared with a group, that group can open it too. One that an earlier version made for everybody is
 * taken away from them.
 *
 * @throws the error of the operating system.
 */
export async function makeLockFile(path: string): Promise<void> {
  const folder = await stat(dirname(path));
  // In a folder with the sticky bit, the group may make files and not change those of others.
  const allowed = (folder.mode & 0o1020) === 0o020 ? 0o660 : 0o600;
  const file = await openWithoutLinks({ path, flags: constants.O_RDWR | constants.O_CREAT, mode: allowed });
  try {
    const { mode: found, uid, nlink } = await file.stat();
    const mode = found & 0o777;
    if (process.platform !== "win32" && (mode & ~allowed) !== 0 && uid === process.geteuid?.() && nlink === 1) {
      // Only its owner can mend that; the lock is as good as before otherwise. A file with a second name may be something else of the
      // owner's.
      await file.chmod(mode & allowed).catch(() => undefined);
    }
  } finally {
    await file.close();
  }
}
