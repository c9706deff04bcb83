/** The bytes of one target as they come from mirrors, hashed on the way. The module says whom to ask, and judges. */

import { bytes } from "../arguments.js";
import type { AtHand, ReceiveAction, TransportError } from "../binding.js";
import { SourceError } from "../errors.js";
import type { Target } from "../records.js";
import type { TargetStream } from "../source/source.js";
import type { Answer } from "./answer.js";
import type { Hasher } from "./hasher.js";
import type { Output } from "./output.js";
import type { Mirror, Outside } from "./outside.js";
import { transportError } from "./transport.js";

/** What is at hand of a target: the bytes in an output, and their digests. */
export class Received {
  readonly target: Target;
  readonly #output: Output;
  readonly #newHasher: () => Hasher;
  #hasher: Hasher;
  /** What the output failed with: nobody knows what is in it any more. */
  #failure: { readonly error: unknown } | undefined;

  /** @param hasher has hashed what is in `output` already. */
  constructor(target: Target, output: Output, newHasher: () => Hasher, hasher = newHasher()) {
    this.target = target;
    this.#output = output;
    this.#newHasher = newHasher;
    this.#hasher = hasher;
  }

  /** Bytes at hand. */
  get length(): number {
    return this.#hasher.length;
  }

  /** Their length and digests. */
  get atHand(): AtHand {
    return this.#hasher.atHand();
  }

  /** Adds bytes at the end. */
  async append(chunk: Uint8Array): Promise<void> {
    await this.#change(() => this.#output.append(chunk));
    this.#hasher.write(chunk);
  }

  /** Drops every byte. */
  async clear(): Promise<void> {
    await this.#change(() => this.#output.clear());
    this.#hasher = this.#newHasher();
  }

  /** Changes the output. After a change that failed there is no other one. */
  async #change(change: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) {
      throw this.#failure.error;
    }
    try {
      await change();
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }
}

/** A transfer of the module's, which adds to what is at hand. */
export class Reception {
  readonly received: Received;
  readonly #progress: Outside["progress"];
  readonly #ending = new AbortController();
  #running: Promise<unknown> = Promise.resolve();

  constructor(received: Received, progress: Outside["progress"]) {
    this.received = received;
    this.#progress = progress;
  }

  /**
   * Receives one stream from a mirror, to its end or to where it breaks off.
   *
   * @throws whatever concerns more than this mirror, such as the output.
   */
  receive(mirror: Mirror, action: ReceiveAction): Promise<Answer> {
    const running = this.#receive(mirror, action);
    this.#running = running;
    return running;
  }

  /** Drops what is at hand, between two streams. */
  clear(): Promise<void> {
    const running = this.received.clear();
    this.#running = running;
    return running;
  }

  /** Ends what is still being received or dropped, and waits for it: afterwards nothing is changed any more. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running.catch(() => undefined);
  }

  async #receive(mirror: Mirror, action: ReceiveAction): Promise<Answer> {
    const { fetchPath, validator } = action;
    const [offset, length] = [Number(action.offset), Number(action.length)];
    try {
      const stream = await mirror.source.target(fetchPath, { offset, length, validator }, this.#ending.signal);
      return stream === undefined ? { response: { tag: "absent" } } : await this.#take(mirror, stream, offset, length);
    } catch (error) {
      if (!(error instanceof SourceError)) {
        throw error;
      }
      return { response: { tag: "failed", val: transportError(error) }, error };
    }
  }

  async #take(mirror: Mirror, stream: TargetStream, offset: number, length: number): Promise<Answer> {
    if (stream.start !== offset) {
      await this.received.clear();
    }
    const start = this.received.length;
    if (start > 0) {
      this.#progress({ tag: "resuming", mirror: mirror.name, path: this.received.target.path, offset: start });
    }
    try {
      await this.#drain(mirror, stream.bytes, length);
      return this.#answer(start, stream.validator);
    } catch (error) {
      if (!(error instanceof SourceError)) {
        throw error;
      }
      return { ...this.#answer(start, stream.validator, transportError(error)), error };
    }
  }

  /** Reads one byte more than listed at most: it shows that there are too many, and nobody waits for the rest. */
  async #drain(mirror: Mirror, stream: AsyncIterable<Uint8Array>, length: number): Promise<void> {
    const { received } = this;
    for await (const part of stream) {
      const chunk = bytes("each chunk of a target", part);
      this.#ending.signal.throwIfAborted();
      await received.append(chunk.subarray(0, length + 1 - received.length));
      const { path } = received.target;
      this.#progress({ tag: "target-bytes", mirror: mirror.name, path, received: received.length, length });
      if (received.length > length) {
        return;
      }
    }
  }

  #answer(start: number, validator: string | undefined, broken?: TransportError): Answer {
    const stream = {
      start: BigInt(start),
      atHand: this.received.atHand,
      ...(validator === undefined ? {} : { validator }),
      ...(broken === undefined ? {} : { broken }),
    };
    return { response: { tag: "stream", val: stream } };
  }
}
