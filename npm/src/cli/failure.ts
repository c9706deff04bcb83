/** Why a command did not do what it was asked, with its exit status and what to do next. */

import {
  Missing,
  Refusal,
  SandboxError,
  SourceError,
  StoreError,
  TargetNotFound,
  Unsupported,
  VerifierError,
} from "../errors.js";
import { LeadsElsewhere } from "../node/below.js";
import { Unaccounted } from "../npm/accounting.js";
import { CollectionError } from "../npm/collection.js";
import { DocumentError } from "../npm/document.js";
import { LockError } from "../npm/lock.js";
import { NpmMissing } from "../npm/npm-program.js";
import { ProjectError } from "../npm/project.js";
import { TarError } from "../npm/tar.js";
import { ExitStatus } from "./exit-status.js";

/** What is known of a {@link Failure}. */
export interface FailureFacts {
  /** One sentence. */
  readonly message: string;
  /** Stable kebab-case code. */
  readonly code: string;
  readonly status: ExitStatus;
  /** What to do next, in one sentence; none where there is nothing to do. */
  readonly help?: string | undefined;
}

/** Why a command did not do what it was asked. */
export class Failure extends Error {
  override readonly name = "Failure";
  /** Stable kebab-case code. */
  readonly code: string;
  readonly status: ExitStatus;
  /** What to do next, in one sentence; none where there is nothing to do. */
  readonly help: string | undefined;

  constructor(facts: FailureFacts, options?: ErrorOptions) {
    super(facts.message, options);
    this.code = facts.code;
    this.status = facts.status;
    this.help = facts.help;
  }
}

/** The command line cannot be used. */
export function usage(message: string, help = "see `tuf-verifier --help`"): Failure {
  return new Failure({ message, code: "usage", status: ExitStatus.usage, help });
}

/** A file or folder could not be used; `action` is a verb, such as `read`. */
export function fileUnusable(action: string, path: string, cause: unknown): Failure {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `cannot ${action} ${path}: ${reason}`;
  return new Failure({ message, code: "file-unusable", status: ExitStatus.usage, help: "check the path and its permissions" });
}

/** npm ended otherwise than with success: its exit status, or the signal that stopped it. */
export function npmFailed(end: number | NodeJS.Signals): Failure {
  return new Failure({
    message: `everything that npm was given was verified, but npm failed (${typeof end === "number" ? `exit status ${end}` : end})`,
    code: "npm-failed",
    status: ExitStatus.npmFailed,
    help: "the reason is in npm's own messages above",
  });
}

/** Whatever was thrown, as a failure. What nobody expected stays what it is. */
export function asFailure(error: unknown): unknown {
  if (error instanceof LockError) {
    return new Failure(
      {
        message: `malformed lock file: ${error.message}`,
        code: "malformed-lock",
        status: ExitStatus.usage,
        help: error.help,
      },
      { cause: error },
    );
  }
  if (error instanceof ProjectError) {
    const help = "npm needs the package.json of the project and of each of its folders";
    return new Failure({ message: error.message, code: "project-unusable", status: ExitStatus.usage, help }, { cause: error });
  }
  if (error instanceof NpmMissing) {
    const help = "install npm, or put it on the path";
    return new Failure({ message: error.message, code: "npm-missing", status: ExitStatus.npmFailed, help }, { cause: error });
  }
  if (error instanceof Unaccounted) {
    const help = "delete node_modules: no script has run, but what is in it is not what was verified";
    const { message } = error;
    return new Failure({ message, code: "unaccounted", status: ExitStatus.verificationFailed, help }, { cause: error });
  }
  if (error instanceof CollectionError || error instanceof TarError) {
    const help = "neither publish nor install it before this is understood";
    const { message } = error;
    return new Failure({ message, code: "wrong-package", status: ExitStatus.verificationFailed, help }, { cause: error });
  }
  if (error instanceof LeadsElsewhere) {
    const message = `cannot write below ${error.path}: ${error.message}`;
    const help = "take it away, or name a folder that is not behind it; whoever made it chooses where is written";
    return new Failure({ message, code: "leads-elsewhere", status: ExitStatus.verificationFailed, help }, { cause: error });
  }
  if (error instanceof DocumentError) {
    return new Failure(
      {
        message: error.message,
        code: "document-mismatch",
        status: ExitStatus.verificationFailed,
        help: "nothing was installed; tell the publisher of the repository",
      },
      { cause: error },
    );
  }
  return error instanceof VerifierError ? fromVerifier(error) : error;
}

function fromVerifier(error: VerifierError): Failure {
  const message = withCauses(error);
  const help = advice(error);
  const code = error.code === "absent" ? "not-in-repository" : error.code;
  return new Failure({ message, code, status: status(error), help }, { cause: error });
}

function status(error: VerifierError): ExitStatus {
  if (error instanceof Unsupported) {
    return ExitStatus.unsupported;
  }
  if (error instanceof Refusal && (error.code === "rollback" || error.code === "freeze")) {
    return ExitStatus.expiredOrRolledBack;
  }
  if (error.code === "source-unusable") {
    // A setting that cannot work: nobody was asked.
    return ExitStatus.usage;
  }
  if (error instanceof SourceError || (error instanceof Missing && error.place === "store") || error.code === "offline") {
    return ExitStatus.network;
  }
  if (error instanceof StoreError || error.code === "output-unwritable" || error.code.startsWith("bundle-")) {
    return ExitStatus.usage;
  }
  if (error instanceof TargetNotFound) {
    return ExitStatus.notInRepository;
  }
  return error.code === "unsafe-path" ? ExitStatus.usage : ExitStatus.verificationFailed;
}

/** What this program adds to what the verifier advises: the names of its options. */
function advice(error: VerifierError): string {
  if (error.code === "other-root-line") {
    return (
      "check --trusted-root and --store: each repository needs a store of its own; if its publisher has set it up anew, add " +
      "--replace-root-line once"
    );
  }
  if (error instanceof Unsupported && isOfStrictProfile(error)) {
    return "no attack was seen; leave out --profile strict, or ask the publisher to sign in the specification's form";
  }
  if (error.code === "offline") {
    return "run once without --offline, or bring a bundle";
  }
  if (error.advice !== undefined) {
    return error.advice;
  }
  if (error instanceof SourceError) {
    return "check the URL and the network, and try again";
  }
  if (error instanceof StoreError) {
    return "the trusted store must be writable: it is what a rollback is noticed by; move it with --store";
  }
  return error instanceof SandboxError ? "the verifier gave no verdict, so nothing is trusted; report it" : "nothing was verified";
}

function isOfStrictProfile({ lacking }: Unsupported): boolean {
  return lacking.tag === "date" || (lacking.tag === "keys" && lacking.val.unusable.some(({ why }) => why === "other-form"));
}

/** The message with what caused it. */
function withCauses(error: Error): string {
  const words = [error.message];
  for (let cause = error.cause; cause instanceof Error && words.length < 5; cause = cause.cause) {
    if (!words.some((word) => word.includes((cause as Error).message))) {
      words.push(cause.message);
    }
  }
  return words.join(": ");
}
