/** `tuf-verifier refresh`: brings the trusted metadata up to date, and prints it. */

import { type Command, configOf, operands } from "./context.js";
import { ExitStatus } from "./exit-status.js";
import { inWords, openRepository } from "./repository.js";

/** Prints role, version and expiry of each top-level role, one a line, separated by tabs. */
export const refresh: Command = async (context) => {
  operands(context);
  const { report } = await openRepository(await configOf(context), context.shell, context.surroundings.signal);
  for (const role of ["root", "timestamp", "snapshot", "targets"] as const) {
    context.shell.result(role, String(report[role].version), inWords(report[role].expires));
  }
  return ExitStatus.success;
};
