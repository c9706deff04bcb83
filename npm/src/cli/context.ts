/** What every command works with. */

import type { Environment } from "../npm/npm-program.js";
import type { CommandLine } from "./arguments.js";
import { type Config, loadConfig } from "./config.js";
import type { ExitStatus } from "./exit-status.js";
import { usage } from "./failure.js";
import type { Shell, Stream } from "./shell.js";

/** The process around a command. */
export interface Surroundings {
  /** The current folder. */
  readonly folder: string;
  readonly environment: Environment;
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** Aborted where the user interrupts. */
  readonly signal: AbortSignal;
}

/** What a command works with. */
export interface Context {
  readonly line: CommandLine;
  readonly shell: Shell;
  readonly surroundings: Surroundings;
}

/** A command. @throws {@link Failure}, and whatever the package throws. */
export type Command = (context: Context) => Promise<ExitStatus>;

/** The configuration of the repository. @throws {Failure} */
export function configOf(context: Context): Promise<Config> {
  return loadConfig(context.surroundings.folder, context.line.flags);
}

/** The operands of a command, which have these names. @throws {Failure} for others. */
export function operands(context: Context, ...names: readonly string[]): readonly string[] {
  const { operands: given, command } = context.line;
  if (given.length !== names.length || given.includes("")) {
    throw usage(`${command ?? ""} takes ${names.length === 0 ? "nothing" : names.join(" ")}`, helpOf(context));
  }
  return given;
}

/** Where the help of the command is. */
export function helpOf(context: Context): string {
  return `see \`tuf-verifier ${context.line.command ?? ""} --help\``;
}
