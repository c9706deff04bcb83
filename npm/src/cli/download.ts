/** `tuf-verifier download`: fetches a target and verifies it. */

import { lstatSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { refuseLinksBelow } from "../node/below.js";
import { type Command, configOf, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, usage } from "./failure.js";
import { found, targetFacts } from "./found.js";
import { openRepository } from "./repository.js";

/** Prints the path of the file, which appears once it is verified. */
export const download: Command = async (context) => {
  const { shell, surroundings, line } = context;
  const [path = ""] = operands(context, "PATH");
  const output = line.own["output"] ?? path.split("/").at(-1);
  if (typeof output !== "string" || output === "") {
    throw usage("--output FILE says where the file is to be");
  }
  const repository = await openRepository(await configOf(context), shell, surroundings.signal);
  const target = await found(repository, path, surroundings.signal);
  const { signal } = surroundings;
  const place = resolve(surroundings.folder, output);
  // Whoever made the project would choose where the file is written.
  await refuseLinksBelow(surroundings.folder, dirname(place));
  const isOccupied = line.own["output"] === undefined && lstatSync(place, { throwIfNoEntry: false }) !== undefined;
  if (isOccupied && (await repository.updater.findCachedTarget(target, place, { signal })) === undefined) {
    throw new Failure({
      message: `${place} is there already, and is not the target ${path}`,
      code: "output-exists",
      status: ExitStatus.usage,
      help: "name it with --output to replace it, or name another file",
    });
  }
  const file = await repository.updater.downloadTarget(target, place, undefined, { signal });
  shell.status(`Verified ${path} (${target.length} bytes), signed by the role ${target.role}`);
  shell.emit("tuf-verified", { ...targetFacts(target), file });
  shell.result(file);
  return ExitStatus.success;
};
