/** The client of one repository, with the names that users of tuf-js know. What a runtime brings along is in its own file. */

import { text } from "./arguments.js";
import { Gate } from "./client/gate.js";
import type { NewHasher } from "./client/hasher.js";
import { MemoryOutput } from "./client/output.js";
import { mirrorsOf, type Outside } from "./client/outside.js";
import type { Progress } from "./client/progress.js";
import { Received } from "./client/reception.js";
import type { Beginning } from "./client/refresh.js";
import { Session } from "./client/session.js";
import { Missing, TargetNotFound } from "./errors.js";
import type { Report } from "./records.js";
import type { Settings } from "./settings.js";
import type { HttpOptions } from "./source/http.js";
import type { Source } from "./source/source.js";
import type { Store } from "./store/store.js";
import { type Lookup, TargetFile } from "./target-file.js";
import type { Verifier } from "./verifier.js";

/** What an updater begins with. */
export interface UpdaterOptions {
  /** Root metadata (UTF-8 JSON) that came to the caller out of band (5.2). Default: the `root.json` of the store. */
  readonly trustedRoot?: Uint8Array;
  /** Base URL of the metadata; of several, each is a mirror: every file comes from the first whose bytes are accepted. */
  readonly metadataBaseUrl?: string | readonly string[];
  /** Base URL of the targets; of several, each belongs to the metadata base URL at its place. Default: that
   * one. */
  readonly targetBaseUrl?: string | readonly string[];
  /** Where files come from instead of base URLs: bundles, other transports. None at all: the store alone is used. */
  readonly sources?: readonly Source[];
  /** Where trusted metadata is kept. */
  readonly store?: Store;
  /** Used instead of the global `fetch`, for proxies and the like. */
  readonly fetch?: typeof fetch;
  /** Time limits, tries and redirects of HTTP. */
  readonly http?: HttpOptions;
  /** What an update cycle may cost, where its metadata may come from, and how strictly it is read. */
  readonly settings?: Settings;
  /** Milliseconds that one refresh, one search or one check may compute. Default: one minute. */
  readonly computation?: number;
  /** The fixed update start time (5.1) instead of the clock. */
  readonly referenceTime?: Date;
  /** Is told what is going on. */
  readonly onProgress?: (progress: Progress) => void;
  /** The loaded module, instead of the package's own way to load it. */
  readonly verifier?: Verifier;
}

/** The names of {@link UpdaterOptions}. */
export const OPTIONS = [
  "trustedRoot",
  "metadataBaseUrl",
  "targetBaseUrl",
  "sources",
  "store",
  "fetch",
  "http",
  "settings",
  "computation",
  "referenceTime",
  "onProgress",
  "verifier",
] as const satisfies readonly (keyof UpdaterOptions)[];

/** What may stop a call. */
export interface CallOptions {
  /** Ends the call with the signal's reason once it is aborted. */
  readonly signal?: AbortSignal;
}

/** What a runtime brings along. */
export interface Runtime {
  /** Loads the module. */
  readonly loadVerifier: () => Promise<Verifier>;
  /** Hashes target bytes. */
  readonly newHasher: NewHasher;
  /** Makes the sources of base URLs. */
  readonly newSource: NewSource;
}

/** Makes an `HttpSource` as the runtime has it. */
export type NewSource = (metadataBaseUrl: string, targetBaseUrl: string, options: HttpOptions) => Source;

/**
 * Refreshes the trusted metadata of one repository once, and searches, downloads and verifies targets under it.
 *
 * Calls may run side by side.
 */
export class Updater {
  readonly #options: UpdaterOptions;
  readonly #runtime: Runtime;
  readonly #store: Store;
  readonly #outside: Outside;
  readonly #refreshes = new Gate();
  #session: Session | undefined;

  /** @internal */
  constructor(options: UpdaterOptions, store: Store, runtime: Runtime) {
    this.#options = options;
    this.#runtime = runtime;
    this.#store = store;
    const progress = options.onProgress ?? (() => undefined);
    this.#outside = { mirrors: mirrorsOf(sources(options, runtime.newSource)), store, progress };
  }

  /**
   * Brings the trusted metadata up to date (5.1 to 5.6.6). The store is locked meanwhile. Once it has succeeded, it is done:
   * another update cycle is another updater's.
   *
   * @throws {Refusal | Unsupported | Malformed | Missing} the verdict: what the repository or the trusted root offers is not accepted.
   * @throws {SourceError | StoreError | SandboxError} what kept the updater from a verdict.
   */
  async refresh(options: CallOptions = {}): Promise<void> {
    await this.#refreshed(options.signal);
  }

  /** What the refresh established; `undefined` before it. */
  get report(): Report | undefined {
    return this.#session?.report;
  }

  /**
   * The target of this path, or `undefined` where there is none; {@link search} says why. Refreshes first where that has not
   * happened.
   *
   * @throws as {@link refresh} does, and {@link Misuse} for a path that could leave the base URL.
   */
  async getTargetInfo(path: string, options: CallOptions = {}): Promise<TargetFile | undefined> {
    const lookup = await this.search(path, options);
    return lookup.tag === "found" ? lookup.val : undefined;
  }

  /** Searches a target by its path (5.6.7): the target, or why there is none. @throws as {@link getTargetInfo}. */
  async search(path: string, options: CallOptions = {}): Promise<Lookup> {
    const checked = text("path", path);
    const session = await this.#refreshed(options.signal);
    const found = await session.search(checked, options.signal);
    return found.tag === "found" ? { tag: "found", val: new TargetFile(found.val) } : found;
  }

  /**
   * Fetches a target into memory and verifies it (5.7). Hands out no byte before the verdict.
   *
   * @throws {Refusal} where the bytes are not the target's; otherwise what kept the updater from a verdict.
   */
  async readTarget(target: TargetFile, options: CallOptions = {}): Promise<Uint8Array> {
    const record = TargetFile.record(target);
    const session = await this.#refreshed(options.signal);
    const output = new MemoryOutput();
    await session.receive(new Received(record, output, () => this.#runtime.newHasher(record, session.verifier)), options.signal);
    return output.bytes();
  }

  /**
   * Verifies bytes that came from elsewhere as those of the target of this path. Of a stream, no byte must be used before the
   * promise is fulfilled.
   *
   * @throws {Refusal} where they are not the target's; {@link TargetNotFound} where there is no such target.
   */
  async verify(
    path: string,
    bytes: Uint8Array | AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
    options: CallOptions = {},
  ): Promise<TargetFile> {
    const lookup = await this.search(path, options);
    if (lookup.tag !== "found") {
      throw new TargetNotFound(path, lookup.val);
    }
    const session = await this.#refreshed(options.signal);
    const record = TargetFile.record(lookup.val);
    const hasher = this.#runtime.newHasher(record, session.verifier);
    for await (const chunk of bytes instanceof Uint8Array ? [bytes] : iterable(bytes)) {
      options.signal?.throwIfAborted();
      hasher.write(chunk);
      if (hasher.length > lookup.val.length) {
        break;
      }
    }
    await session.check(record, hasher.atHand(), options.signal);
    return lookup.val;
  }

  /** The session of the refresh, which is made where it has not been made. After a failure, the next call tries again. @internal */
  protected session(signal: AbortSignal | undefined): Promise<Session> {
    return this.#refreshed(signal);
  }

  async #refreshed(signal: AbortSignal | undefined): Promise<Session> {
    return (this.#session ??= await this.#refreshes.alone(async () => this.#session ?? this.#refresh(signal)));
  }

  async #refresh(signal: AbortSignal | undefined): Promise<Session> {
    signal?.throwIfAborted();
    const verifier = this.#options.verifier ?? (await this.#runtime.loadVerifier());
    const begin = async (): Promise<Beginning> => ({
      verifier,
      now: this.#options.referenceTime ?? new Date(),
      trustedRoot: await this.#trustedRoot(),
      settings: this.#options.settings ?? {},
      computation: this.#options.computation,
    });
    return Session.begin(begin, this.#outside, signal);
  }

  async #trustedRoot(): Promise<Uint8Array> {
    const root = this.#options.trustedRoot ?? (await this.#store.load("root.json"));
    if (root === undefined) {
      const message = "there is no trusted root: give trustedRoot, or put root.json into the store";
      throw new Missing(message, "not-in-store", { name: "root.json", place: "store" });
    }
    return root;
  }
}

/** The sources of the options: those that are given, or one for each base URL. */
function sources(options: UpdaterOptions, newSource: NewSource): readonly Source[] {
  if (options.metadataBaseUrl === undefined) {
    return options.sources ?? [];
  }
  if (options.sources !== undefined) {
    throw new TypeError("either sources or metadataBaseUrl is given, not both");
  }
  const metadata = list(options.metadataBaseUrl);
  const targets = options.targetBaseUrl === undefined ? metadata : list(options.targetBaseUrl);
  if (metadata.length === 0 || targets.length !== metadata.length) {
    throw new TypeError("targetBaseUrl has one base URL for each of metadataBaseUrl");
  }
  return metadata.map((url, place) => newSource(url, targets[place] ?? url, httpOptions(options)));
}

/** What an updater's sources of HTTP are made with. @internal */
export function httpOptions(options: UpdaterOptions): HttpOptions {
  return { ...options.http, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) };
}

function list(urls: string | readonly string[]): readonly string[] {
  return typeof urls === "string" ? [urls] : urls;
}

/** Not every browser can iterate over a `ReadableStream`. */
async function* iterable(
  stream: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (Symbol.asyncIterator in stream) {
    return yield* stream;
  }
  const reader = (stream as ReadableStream<Uint8Array>).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      yield next.value;
    }
  } finally {
    await reader.cancel();
  }
}
