/** Target bytes: fetched from the mirrors, hashed on the way, judged by the module. */

import { ClientError, isVerdict, SourceError, type VerifierError } from "../errors.js";
import type { Target } from "../records.js";
import { moreTelling } from "./blame.js";
import type { Effects } from "./effects.js";
import type { Judge } from "./judge.js";
import type { Mirror } from "./mirrors.js";
import type { Output } from "./output.js";

/** Times that one mirror may break off before the next one is asked. */
const RESUMES = 3;

/** A mirror that broke off after this many further bytes may break off once more. */
const WORTH_A_RESUME = 1 << 20;

/** What a transfer is of, and where it goes. */
export interface Transfer {
  readonly effects: Effects;
  readonly target: Target;
  readonly output: Output;
  /** A judge that has hashed nothing yet. */
  readonly newJudge: () => Promise<Judge>;
  /** The judge of what is in `output` already; none where it is empty. */
  readonly kept: Judge | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Fetches what is left of a target and has the module judge the whole.
 *
 * A transfer that breaks off goes on where it stopped, at the same mirror or at the next. Where the whole is refused and has come
 * from several, nobody can tell who was wrong: then each of them is asked for all of it.
 */
export async function transfer(request: Transfer): Promise<void> {
  await new Running(request, request.kept ?? (await request.newJudge())).run();
}

/** What the module says of all that was received: the target's bytes; not, and one mirror sent all; not, and several did. */
type Verdict =
  | { readonly tag: "verified" }
  | { readonly tag: "refused"; readonly error: VerifierError }
  | { readonly tag: "doubted" };

/** A target file as far as it was received. */
class Running {
  readonly #request: Transfer;
  readonly #length: number;
  #judge: Judge;
  /** Whether an earlier transfer kept the first bytes. */
  #kept: boolean;
  /** The mirrors that sent the others. */
  #senders: readonly Mirror[] = [];
  /** Bytes before those of the last stream, and what its mirror calls the state of the file. */
  #start: number;
  #validator: string | undefined;
  /** Mirrors that sent a part of bytes that were refused as a whole. */
  #doubted: Mirror[] = [];

  constructor(request: Transfer, judge: Judge) {
    this.#request = request;
    this.#length = Number(request.target.length);
    this.#judge = judge;
    this.#kept = judge.length > 0;
    this.#start = judge.length;
  }

  async run(): Promise<void> {
    const { effects, target } = this.#request;
    if (this.#isWhole() && (await this.#decide()).tag === "verified") {
      return;
    }
    if (effects.mirrors.areNone) {
      throw new ClientError(`${target.path} is not fetched: the client is offline`, "offline", target.path);
    }
    const worst: { error?: unknown } = {};
    for (const mirror of effects.mirrors.inOrder()) {
      if (await this.#ask(mirror, worst)) {
        return;
      }
    }
    for (const mirror of this.#doubted.splice(0)) {
      await this.#beginAnew();
      if (await this.#ask(mirror, worst)) {
        return;
      }
    }
    throw worst.error ?? this.#missing();
  }

  /**
   * Whether the target is complete and verified with what this mirror sent. An error ends the transfer; one that concerns this
   * mirror alone is remembered.
   */
  async #ask(mirror: Mirror, worst: { error?: unknown }): Promise<boolean> {
    let error: unknown;
    try {
      await this.#receive(mirror);
      const verdict = await this.#decide();
      if (verdict.tag !== "refused") {
        return verdict.tag === "verified";
      }
      error = verdict.error;
    } catch (thrown) {
      error = thrown;
    }
    this.#request.effects.failed(mirror, this.#request.target.path, error);
    worst.error = moreTelling(worst.error, error);
    return false;
  }

  /** Receives what is left from one mirror, which may break off now and then. */
  async #receive(mirror: Mirror): Promise<void> {
    for (let patience = RESUMES; ; ) {
      const offset = this.#judge.length;
      try {
        return await this.#receiveStream(mirror);
      } catch (error) {
        if (!(error instanceof SourceError)) {
          throw error;
        }
        if (this.#isWhole()) {
          return;
        }
        const received = this.#judge.length - this.#start;
        if (error.code === "source-protocol" && offset > 0) {
          // Perhaps it can send the whole, and only not its end.
          this.#doubted.push(mirror);
        }
        if (!breaksOff(error) || received <= 0 || patience === 0) {
          throw error;
        }
        // Whoever begins anew each time, or sends byte by byte, is not waited for without end.
        if (this.#start < offset || received < WORTH_A_RESUME) {
          patience -= 1;
        }
      }
    }
  }

  /** Receives one stream to its end. */
  async #receiveStream(mirror: Mirror): Promise<void> {
    const { effects, target, signal } = this.#request;
    const offset = this.#judge.length;
    this.#start = offset;
    const validator = this.#senders.at(-1) === mirror ? this.#validator : undefined;
    const resume = { offset, length: this.#length, validator };
    const stream = await mirror.source.target(target.fetchPath, resume, signal);
    if (stream === undefined) {
      throw this.#missing();
    }
    if (stream.start !== offset) {
      await this.#beginAnew();
    }
    this.#start = this.#judge.length;
    this.#validator = stream.validator;
    this.#senders = [...this.#senders.filter((sender) => sender !== mirror), mirror];
    if (this.#start > 0) {
      effects.progress({ tag: "resuming", mirror: mirror.name, path: target.path, offset: this.#start });
    }
    await this.#drain(mirror, stream.bytes);
  }

  /** Reads one byte more than listed at most: it shows that there are too many, and nobody waits for the rest. */
  async #drain(mirror: Mirror, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const { effects, output, signal, target } = this.#request;
    const length = this.#length;
    for await (const received of stream) {
      signal?.throwIfAborted();
      const chunk = received.subarray(0, length + 1 - this.#judge.length);
      await output.append(chunk);
      this.#judge.write(chunk);
      effects.progress({
        tag: "target-bytes",
        mirror: mirror.name,
        path: target.path,
        received: this.#judge.length,
        length,
      });
      if (this.#judge.length > length) {
        return;
      }
    }
  }

  /** Has the module judge what was received. Bytes that it refuses are dropped. */
  async #decide(): Promise<Verdict> {
    try {
      this.#judge.judge();
      return { tag: "verified" };
    } catch (error) {
      if (!isVerdict(error)) {
        throw error;
      }
      const mixed = this.#kept || this.#senders.length > 1;
      if (mixed) {
        this.#doubted.push(...this.#senders);
      }
      await this.#beginAnew();
      return mixed ? { tag: "doubted" } : { tag: "refused", error };
    }
  }

  /** Drops what was received. */
  async #beginAnew(): Promise<void> {
    await this.#request.output.clear();
    this.#judge = await this.#request.newJudge();
    this.#kept = false;
    this.#senders = [];
  }

  /** Whether no more bytes are to come. Of an empty target it cannot be told before it is asked for. */
  #isWhole(): boolean {
    return this.#length > 0 && this.#judge.length === this.#length;
  }

  #missing(): ClientError {
    const { path, fetchPath } = this.#request.target;
    const message = `the repository has no file ${fetchPath}, though its metadata lists the target ${path}`;
    return new ClientError(message, "missing-target", path);
  }
}

/** Whether the transfer stopped on its way, so that the same mirror may well have the rest. */
function breaksOff(error: SourceError): boolean {
  return error.code === "source-unreadable" || (error.code === "source-timeout" && error.phase === "bytes");
}
