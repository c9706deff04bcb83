/** `tuf-verifier verify-lock`: compares each package of a lock file, and what it says of it, with what is signed. */

import { type Command, configOf, helpOf } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, usage } from "./failure.js";
import { openCache } from "./cache.js";
import { judgeFile, withPackages } from "./judged-lock.js";
import { readLock } from "./lock-file.js";
import { count, emit, print, refuseDifferences, summary, uncovered } from "./lock-report.js";
import { openRepository } from "./repository.js";
import { subfolder, withRunFolder } from "./run-folder.js";

/** Prints the packages that are not verified, and the counts. "Nothing was verified" is no success. */
export const verifyLock: Command = async (context) => {
  const { line, shell, surroundings } = context;
  if (line.operands.length > 1) {
    throw usage("verify-lock takes one lock file at most", helpOf(context));
  }
  const file = await readLock(surroundings.folder, line.operands[0]);
  const { path } = file;
  const config = await configOf(context);
  const repository = await openRepository(config, shell, surroundings.signal);
  const { judged } = await withRunFolder(async (folder) => {
    const places = { npmCache: await subfolder(folder, "cache"), tarballs: await subfolder(folder, "tarballs"), cache: await openCache(config, shell) };
    return withPackages(repository, places, surroundings.signal, async (verification) => {
      const judgedLock = await judgeFile(file, verification, shell);
      await verification.packages.keep(context.surroundings.signal);
      return judgedLock;
    });
  });
  const counts = count(judged);
  emit(path, judged, shell);
  print(judged, shell);
  shell.result(`${path}: ${summary(counts)}`);
  refuseDifferences(judged, counts);
  if (counts.verified === 0) {
    throw new Failure({
      message: "nothing was verified: no package of the lock file is covered by the repository",
      code: "nothing-verified",
      status: ExitStatus.notCovered,
      help: "check the metadata URL; the publisher of the repository decides which packages are in it",
    });
  }
  if (counts.notCovered + counts.unpinned > 0 && line.own["allow-uncovered"] !== true) {
    throw uncovered(judged, "pass --allow-uncovered to succeed all the same; nobody vouches for these packages");
  }
  return ExitStatus.success;
};
