/** Where a command speaks: results on stdout, everything else on stderr. */

import type { Failure } from "./failure.js";
import { isAnswer } from "./exit-status.js";
import { printable } from "./printable.js";

/** How a command speaks. */
export interface Speech {
  /** Results as one JSON object a line. */
  readonly json: boolean;
  /** Errors and results only. */
  readonly quiet: boolean;
}

/** A stream of a terminal, a file or a pipe. */
export interface Stream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Where a command speaks. */
export class Shell {
  readonly #speech: Speech;
  readonly #stdout: Stream;
  readonly #stderr: Stream;
  #drawn = false;
  #lent = false;

  constructor(speech: Speech, stdout: Stream, stderr: Stream) {
    this.#speech = speech;
    this.#stdout = stdout;
    this.#stderr = stderr;
  }

  /** Whether a program reads stdout. */
  get isJson(): boolean {
    return this.#speech.json;
  }

  /** Says what is being done. */
  status(text: string): void {
    if (!this.#speech.quiet) {
      this.#line(text);
    }
  }

  /** Says what went differently without being a failure. */
  warning(text: string): void {
    this.status(`warning: ${text}`);
  }

  /** Draws what is going on, on a terminal alone. */
  progress(text: string): void {
    if (this.#stderr.isTTY === true && !this.#speech.quiet && !this.#lent) {
      this.#stderr.write(`\r\u001b[K${printable(text).slice(0, 100)}`);
      this.#drawn = true;
    }
  }

  /** Leaves the terminal to another program while the task runs: nothing is drawn. */
  async lend<T>(task: () => Promise<T>): Promise<T> {
    this.clear();
    this.#lent = true;
    try {
      return await task();
    } finally {
      this.#lent = false;
    }
  }

  /** Takes the drawing away. */
  clear(): void {
    if (this.#drawn) {
      this.#stderr.write("\r\u001b[K");
      this.#drawn = false;
    }
  }

  /** Prints a line for a person who asked for results, its columns apart by tabs. Nothing where a program reads stdout. */
  result(...columns: readonly string[]): void {
    if (!this.#speech.json) {
      this.clear();
      this.#stdout.write(`${columns.map(printable).join("\t")}\n`);
    }
  }

  /** Prints a JSON line where a program reads stdout. 64-bit integers become numbers where they fit, and text otherwise. */
  emit(reason: string, facts: Readonly<Record<string, unknown>>): void {
    if (this.#speech.json) {
      this.clear();
      this.#stdout.write(`${JSON.stringify({ reason, ...facts }, integers)}\n`);
    }
  }

  /** Says why the command fails and what to do next: one line each. */
  failure(failure: Failure): void {
    this.#line(`error: ${failure.message}`);
    if (failure.help !== undefined) {
      this.#line(`help: ${failure.help}`);
    }
    const { code, message, status } = failure;
    this.emit(isAnswer(status) ? "tuf-refused" : "tuf-failed", { code, message, status });
  }

  #line(text: string): void {
    this.clear();
    this.#stderr.write(`${printable(text)}\n`);
  }
}

function integers(_name: string, value: unknown): unknown {
  if (typeof value !== "bigint") {
    return value;
  }
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
}
