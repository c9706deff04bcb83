/** Where metadata and target files come from. */

/**
 * A TUF repository as seen from a client: it hands out files and is trusted with nothing.
 *
 * "There is no such file" is an answer (`undefined`); whatever kept the source from giving an answer is a `SourceError`. The two
 * are never mixed: the first is a statement by the repository, the second is not.
 */
export interface Source {
  /** Where the metadata comes from, for a person to read, without credentials. */
  readonly location?: string | undefined;
  /** When a request that failed for a passing reason is made again. Default: never. */
  readonly retry?: Retry | undefined;
  /** Whether this is what a repository served at some time, which cannot be asked for anything newer. */
  readonly isBundle?: boolean;

  /**
   * The metadata file `name`, relative to the metadata base URL and percent-encoded; `undefined` where there is no such file.
   *
   * Reads at most `maxLength + 1` bytes: one more than allowed shows the verifier that the file is too long.
   *
   * @throws {SourceError} whatever kept the source from an answer.
   * @throws the signal's reason, once it is aborted.
   */
  metadata(name: string, maxLength: number, signal?: AbortSignal): Promise<Uint8Array | undefined>;

  /**
   * The target file at `fetchPath`, relative to the targets base URL and percent-encoded, as a stream; `undefined` where there
   * is no such file. The caller stops reading one byte past the listed length.
   *
   * A source that cannot begin at `resume.offset` begins at the beginning: `TargetStream.start` tells.
   *
   * @throws {SourceError} whatever kept the source from an answer; also while the stream is read.
   */
  target(fetchPath: string, resume: Resume, signal?: AbortSignal): Promise<TargetStream | undefined>;
}

/**
 * When a request is made again that failed for a passing reason: at a server that could not be reached, was too busy or broke off.
 * A client asks; a source itself makes each request once.
 */
export interface Retry {
  /** Tries after the first. */
  readonly count: number;
  /** Milliseconds before the first of them, on average three quarters of it; doubled before each further one. */
  readonly first: number;
  /** No wait is longer, in milliseconds. A server that asks for more is not waited for. */
  readonly longest: number;
}

/** Where a transfer goes on that broke off. */
export interface Resume {
  /** Bytes that the caller has: 0 for the whole file. */
  readonly offset: number;
  /** Bytes of the whole file. */
  readonly length: number;
  /** `TargetStream.validator` of the stream that broke off, where it came from this source. */
  readonly validator?: string | undefined;
}

/** The bytes of a target file from some place to its end. */
export interface TargetStream {
  /** The bytes. Who stops reading before their end calls `return`, as `for await` does. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Bytes of the file before them: `Resume.offset` or 0. */
  readonly start: number;
  /** What tells this state of the file from others, in the source's own words. */
  readonly validator?: string | undefined;
}
