/** Runs one command line to its exit status. */

import { readFile } from "node:fs/promises";
import { verifierDigest } from "../component.js";
import { type CommandLine, type CommandName, parseCommandLine } from "./arguments.js";
import { ci } from "./ci.js";
import { collect } from "./collect.js";
import type { Command, Surroundings } from "./context.js";
import { download } from "./download.js";
import { ExitStatus } from "./exit-status.js";
import { explain } from "./explain.js";
import { asFailure, Failure, usage } from "./failure.js";
import { help } from "./help.js";
import { printable } from "./printable.js";
import { refresh } from "./refresh.js";
import { Shell } from "./shell.js";
import { verifyFile } from "./verify-file.js";
import { verifyLock } from "./verify-lock.js";

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  refresh,
  download,
  verify: verifyFile,
  explain,
  "verify-lock": verifyLock,
  ci,
  collect,
};

/** Runs a command line (without the program's name). Gives the exit status; everything else is said on the streams. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitStatus> {
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    const speech = { json: args.includes("--json"), quiet: false };
    return fail(error, new Shell(speech, surroundings.stdout, surroundings.stderr), surroundings);
  }
  const shell = new Shell(line, surroundings.stdout, surroundings.stderr);
  try {
    const status = await dispatch(line, shell, surroundings);
    return finish(status, shell);
  } catch (error) {
    return fail(error, shell, surroundings);
  }
}

async function dispatch(line: CommandLine, shell: Shell, surroundings: Surroundings): Promise<ExitStatus> {
  if (line.help) {
    surroundings.stdout.write(help(line.command));
    return ExitStatus.success;
  }
  if (line.version) {
    surroundings.stdout.write(`tuf-verifier ${await version()} (verifier sha256:${verifierDigest})\n`);
    return ExitStatus.success;
  }
  if (line.command === undefined) {
    throw usage("no command is given");
  }
  return COMMANDS[line.command]({ line, shell, surroundings });
}

function fail(error: unknown, shell: Shell, surroundings: Surroundings): ExitStatus {
  const known = surroundings.signal.aborted ? interrupted() : asFailure(error);
  const failure = known instanceof Failure ? known : defect(known, surroundings);
  shell.failure(failure);
  return finish(failure.status, shell);
}

/** What nobody expected is told with its stack, and is no verdict. */
function defect(error: unknown, { stderr }: Surroundings): Failure {
  const told = error instanceof Error ? error : new Error(String(error));
  stderr.write(`${(told.stack ?? "").split("\n").map(printable).join("\n")}\n`);
  const help = "this is a defect of tuf-verifier: report it, with the lines above";
  return new Failure({ message: told.message, code: "defect", status: ExitStatus.usage, help }, { cause: error });
}

function finish(status: ExitStatus, shell: Shell): ExitStatus {
  shell.clear();
  shell.emit("tuf-finished", { success: status === ExitStatus.success, status });
  return status;
}

function interrupted(): Failure {
  return new Failure({ message: "interrupted", code: "interrupted", status: ExitStatus.interrupted });
}

async function version(): Promise<string> {
  const text = await readFile(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { readonly version: string }).version;
}
