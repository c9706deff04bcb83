/** `tuf-verifier verify`: verifies a file that came from elsewhere. */

import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { type Command, configOf, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { fileUnusable } from "./failure.js";
import { targetFacts } from "./found.js";
import { openRepository } from "./repository.js";

/** Prints that the file is the target, in one line. */
export const verifyFile: Command = async (context) => {
  const { shell, surroundings } = context;
  const [path = "", name = ""] = operands(context, "PATH", "FILE");
  const repository = await openRepository(await configOf(context), shell, surroundings.signal);
  const file = resolve(surroundings.folder, name);
  const target = await repository.updater.verify(path, bytes(file), { signal: surroundings.signal });
  shell.emit("tuf-verified", { ...targetFacts(target), file });
  shell.result(`${name} is the target ${path}, signed by the role ${target.role}`);
  return ExitStatus.success;
};

/** The file as it is read, so that a failure to read it is not taken for a verdict. */
async function* bytes(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of createReadStream(file)) {
      yield chunk as Uint8Array;
    }
  } catch (cause) {
    throw fileUnusable("read", file, cause);
  }
}
