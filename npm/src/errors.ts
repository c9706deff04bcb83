/**
 * Why something did not succeed, divided by blame.
 *
 * {@link Refusal}, {@link Unsupported}, {@link Malformed} and {@link Missing} are verdicts. The others say that there is none:
 * nothing was accepted, and nothing is held against the repository.
 */

import type {
  BundleCode,
  ClientCode,
  Code,
  MalformedCode,
  MisuseCode,
  MissingCode,
  NotFoundCode,
  RefusalCode,
  SandboxCode,
  SourceCode,
  StoreCode,
  UnsupportedCode,
} from "./codes.js";
import type { Attack, Failure, MalformedFacts, MissingFacts, NotFound, NotFoundReason, UnsupportedFacts } from "./records.js";

/** Every error of this package but `TypeError` and `RangeError`, which say that an argument has the wrong type. */
export abstract class VerifierError extends Error {
  /** Stable kebab-case code, the same in Rust and in `docs/failures.md`. */
  abstract readonly code: Code;
  /** For a person: what to do next. */
  readonly advice: string | undefined;

  constructor(message: string, options?: ErrorOptions & { readonly advice?: string | undefined }) {
    super(message, options);
    this.advice = options?.advice;
  }

  override get name(): string {
    return this.constructor.name;
  }
}

/** An attack was stopped. */
export class Refusal extends VerifierError {
  readonly code: RefusalCode;
  /** The attack by name, with its facts. */
  readonly attack: Attack;

  constructor(message: string, attack: Attack, advice?: string) {
    super(message, { advice });
    this.code = attack.tag;
    this.attack = attack;
  }
}

/** Metadata that this verifier cannot judge, though it is well-formed: nothing speaks for an attack, and nothing was accepted. */
export class Unsupported extends VerifierError {
  readonly code: UnsupportedCode;
  /** What is not supported. */
  readonly lacking: UnsupportedFacts;

  constructor(message: string, code: UnsupportedCode, lacking: UnsupportedFacts, advice?: string) {
    super(message, { advice });
    this.code = code;
    this.lacking = lacking;
  }
}

/** The bytes are no metadata of the kind asked for. */
export class Malformed extends VerifierError {
  readonly code: MalformedCode;
  /** Name of the file. */
  readonly file: string;
  /** What is wrong. */
  readonly reason: string;
  /** Bytes before the place, where it is one place. */
  readonly offset: bigint | undefined;

  constructor(message: string, code: MalformedCode, facts: MalformedFacts, advice?: string) {
    super(message, { advice });
    this.code = code;
    this.file = facts.name;
    this.reason = facts.reason;
    this.offset = facts.offset;
  }
}

/** A file is not where it must be, in the repository or, offline, in the trusted store. */
export class Missing extends VerifierError {
  readonly code: MissingCode;
  /** Name of the file. */
  readonly file: string;
  /** Where it is missing. */
  readonly place: "repository" | "store";

  constructor(message: string, code: MissingCode, facts: MissingFacts, advice?: string) {
    super(message, { advice });
    this.code = code;
    this.file = facts.name;
    this.place = facts.place;
  }
}

/** The caller called out of order or with unusable arguments. */
export class Misuse extends VerifierError {
  readonly code: MisuseCode;

  constructor(message: string, code: MisuseCode, advice?: string) {
    super(message, { advice });
    this.code = code;
  }
}

/** A source gave no answer. It says nothing about the repository. */
export class SourceError extends VerifierError {
  readonly code: SourceCode;
  /** URL or path, without credentials and query; none where a name was refused. */
  readonly location: string | undefined;
  /** HTTP status code, where the server answered with one. */
  readonly status: number | undefined;
  /** What did not come in time, of a `source-timeout`. */
  readonly phase: Phase | undefined;
  /** Seconds that the server asks to wait before the next request, of a `source-status`. */
  readonly retryAfter: number | undefined;

  constructor(message: string, code: SourceCode, facts?: SourceFacts) {
    super(message, facts);
    this.code = code;
    this.location = facts?.location;
    this.status = facts?.status;
    this.phase = facts?.phase;
    this.retryAfter = facts?.retryAfter;
  }
}

/** What is known of a {@link SourceError}. */
export interface SourceFacts extends ErrorOptions {
  /** URL or path, without credentials and query. */
  readonly location?: string | undefined;
  /** HTTP status code. */
  readonly status?: number | undefined;
  /** What did not come in time. */
  readonly phase?: Phase | undefined;
  /** Seconds that the server asks to wait before the next request. */
  readonly retryAfter?: number | undefined;
  /** For a person: what to do next. */
  readonly advice?: string;
}

/** What did not come in time: a connection, the status and headers of the answer, its next bytes, or the end of the transfer. */
export type Phase = "connection" | "response" | "bytes" | "end";

/** A bundle could not be read. */
export class BundleError extends VerifierError {
  readonly code: BundleCode;

  constructor(message: string, code: BundleCode, options?: ErrorOptions & { readonly advice?: string }) {
    super(message, options);
    this.code = code;
  }
}

/** The trusted store did not work. */
export class StoreError extends VerifierError {
  readonly code: StoreCode;
  /** The file or folder. */
  readonly path: string;

  constructor(message: string, code: StoreCode, path: string, options?: ErrorOptions & { readonly advice?: string }) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** The module did not come to a verdict. What it was doing is not used again. */
export class SandboxError extends VerifierError {
  readonly code: SandboxCode;

  constructor(message: string, code: SandboxCode, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The client could not get at a target, or not write it. */
export class ClientError extends VerifierError {
  readonly code: ClientCode;
  /** Target path, name of the metadata file, or the file that was to be written. */
  readonly path: string;

  constructor(message: string, code: ClientCode, path: string, options?: ErrorOptions & { readonly advice?: string }) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** There is no target of a path whose bytes were to be verified. */
export class TargetNotFound extends VerifierError {
  readonly code: NotFoundCode;
  /** Target path. */
  readonly path: string;
  /** Why the search ended without it. */
  readonly reason: NotFoundReason;

  constructor(path: string, { code, message, advice, reason }: NotFound) {
    super(`there is no target ${path}: ${message}`, { advice });
    this.code = code as NotFoundCode;
    this.path = path;
    this.reason = reason;
  }
}

/** Whether an error is a verdict: what a repository or a trusted root offers was not accepted. */
export function isVerdict(error: unknown): error is Refusal | Unsupported | Malformed | Missing {
  return (
    error instanceof Refusal ||
    error instanceof Unsupported ||
    error instanceof Malformed ||
    error instanceof Missing
  );
}

/** A failure of the module becomes the error of its class. */
export function fromFailure(failure: Failure): Refusal | Unsupported | Malformed | Missing | Misuse {
  const { code, message, advice, cause } = failure;
  switch (cause.tag) {
    case "refused":
      return new Refusal(message, cause.val, advice);
    case "unsupported":
      return new Unsupported(message, code as UnsupportedCode, cause.val, advice);
    case "malformed":
      return new Malformed(message, code as MalformedCode, cause.val, advice);
    case "missing":
      return new Missing(message, code as MissingCode, cause.val, advice);
    case "misuse":
      return new Misuse(message, code as MisuseCode, advice);
  }
}
