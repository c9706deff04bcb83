/** The body of an answer, read within limits of time. */

import type { Clock } from "./clock.js";
import type { Exchange } from "./exchange.js";
import { brokenOff, timeout, tooSlow } from "./failure.js";
import type { Timeouts } from "./options.js";
import type { TransportAnswer } from "./transport.js";

/** Limits of a whole transfer, in milliseconds. */
export interface Limits {
  /** For waiting. */
  readonly waiting: number;
  /** From the headers to the end, whatever the time was spent on. */
  readonly deadline: number;
}

/** An answer whose headers are there. */
export interface Answer {
  readonly response: TransportAnswer;
  readonly exchange: Exchange;
  /** The URL that it came from, for a person. */
  readonly location: string;
}

/** Bytes of the body of a refusal that are read to keep the connection. */
const DRAINED = 16 * 1024;

/** Bytes that memory is got for before a length is known. */
const UNTOLD = 16 * 1024;

/** Reads the bodies of answers. */
export class BodyReader {
  readonly #timeouts: Timeouts;
  readonly #clock: Clock;

  constructor(timeouts: Timeouts, clock: Clock) {
    this.#timeouts = timeouts;
    this.#clock = clock;
  }

  /**
   * The bytes of the body as they come. Who stops reading ends the exchange.
   *
   * Node takes the end of a connection for the end of an answer whose length is not told. One that has fewer than `expected` bytes
   * then has broken off.
   *
   * @throws {SourceError} while it is read.
   */
  async *chunks(
    { response, exchange, location }: Answer,
    limits: Limits,
    expected = 0,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const least = response.headers.has("content-length") ? 0 : expected;
    let received = 0;
    const reader = response.body?.getReader();
    const pace = new Pace(this.#timeouts, limits, location);
    const deadline = this.#clock.now() + limits.deadline;
    try {
      for (;;) {
        const before = this.#clock.now();
        const left = Math.max(0, deadline - before);
        const { idle } = this.#timeouts;
        const late = () =>
          left < idle ? timeout(location, "end", limits.deadline) : timeout(location, "bytes", idle);
        const read = reader?.read() ?? Promise.resolve({ done: true, value: undefined });
        const next = await exchange.wait(read, Math.min(left, idle), late, (error) => brokenOff(location, error));
        if (next.done || next.value === undefined) {
          if (received < least) {
            throw brokenOff(location, new Error("the connection ended before the file did"));
          }
          return;
        }
        received += next.value.length;
        pace.record(next.value.length, this.#clock.now() - before);
        yield next.value;
      }
    } finally {
      exchange.end();
    }
  }

  /** Reads up to `most` bytes, and no more. */
  async readAtMost(answer: Answer, limits: Limits, most: number): Promise<Uint8Array> {
    // What is told is what is got memory for; the system does so as bytes come.
    let bytes = new Uint8Array(Math.min(most, toldLength(answer) ?? UNTOLD));
    let length = 0;
    for await (const chunk of this.chunks(answer, limits)) {
      const kept = chunk.subarray(0, most - length);
      if (length + kept.length > bytes.length) {
        const larger = new Uint8Array(Math.min(most, Math.max(2 * bytes.length, length + kept.length)));
        larger.set(bytes.subarray(0, length));
        bytes = larger;
      }
      bytes.set(kept, length);
      length += kept.length;
      if (length >= most) {
        break;
      }
    }
    return length === bytes.length ? bytes : bytes.slice(0, length);
  }

  /**
   * Reads a short body to its end, so that the connection can be used again, and ends the exchange. What it says does not matter,
   * and neither does an error.
   */
  async drain(answer: Answer, limits: Limits): Promise<void> {
    if ((toldLength(answer) ?? Infinity) <= DRAINED) {
      await this.readAtMost(answer, limits, DRAINED + 1).catch(() => undefined);
    }
    answer.exchange.end();
  }
}

/** The length that the server tells, in bytes. */
function toldLength({ response }: Answer): number | undefined {
  const length = response.headers.get("content-length");
  return length !== null && /^\d+$/.test(length) ? Number(length) : undefined;
}

/** The time that was spent waiting for a transfer, and what it brought. */
class Pace {
  readonly #timeouts: Timeouts;
  readonly #limits: Limits;
  readonly #location: string;
  /** Waited since the headers, and in this window, in milliseconds. */
  #waited = 0;
  #window = 0;
  /** Bytes received in this window. */
  #received = 0;

  constructor(timeouts: Timeouts, limits: Limits, location: string) {
    this.#timeouts = timeouts;
    this.#limits = limits;
    this.#location = location;
  }

  /** Counts bytes that were waited for this long. @throws {SourceError} `source-timeout`, `source-too-slow`. */
  record(bytes: number, elapsed: number): void {
    this.#waited += elapsed;
    this.#window += elapsed;
    this.#received += bytes;
    if (this.#waited > this.#limits.waiting) {
      throw timeout(this.#location, "end", this.#limits.waiting);
    }
    if (this.#window < this.#timeouts.window) {
      return;
    }
    if (this.#received < this.#timeouts.minBytes) {
      throw tooSlow(this.#location, this.#received, this.#timeouts.minBytes, this.#window);
    }
    this.#window = 0;
    this.#received = 0;
  }
}
