/** A repository behind HTTP. */

import { text } from "../arguments.js";
import { type Answer, BodyReader, type Limits } from "./http/body.js";
import { basic } from "./http/credentials.js";
import { Exchange } from "./http/exchange.js";
import { badStatus, noAnswer, protocol, timeout } from "./http/failure.js";
import { type HttpOptions, type HttpSettings, withDefaults } from "./http/options.js";
import { otherRange, rangeHeaders, validatorOf } from "./http/range.js";
import { Trail } from "./http/redirect.js";
import { type Fields, throughFetch, type Transport } from "./http/transport.js";
import type { Resume, Retry, Source, TargetStream } from "./source.js";
import { BaseUrl, inWords, unusable } from "./url.js";

export type { Clock } from "./http/clock.js";
export type { Backoff, HttpOptions, Timeouts } from "./http/options.js";

/**
 * A repository behind HTTP or HTTPS.
 *
 * The statuses 404, 403 and 410 say that a file does not exist: object stores answer 403 for a missing file. After transport errors
 * and the statuses 429 and 5xx a client asks again, after an answer never. The cache of the runtime is not used.
 *
 * Redirects are followed here, within the origin of the URL that was asked for or to an origin that is allowed by name. A browser
 * does not show where a redirect leads: it follows by itself, and where it ended is judged afterwards.
 *
 * The answer is asked for as it is (`identity`), and one that is encoded all the same is a `source-protocol`: Node would hand out
 * other bytes than those of the transfer. A browser decides by itself which encodings it asks for, and hands out the bytes of the
 * file: there they are what is limited and verified.
 */
export class HttpSource implements Source {
  readonly #metadata: BaseUrl;
  readonly #targets: BaseUrl;
  readonly #settings: HttpSettings;
  readonly #bodies: BodyReader;

  /**
   * A source that reads metadata and targets beneath these two base URLs. A user name and password in a base URL are sent to its
   * origin alone, as Basic authentication, and without TLS to this machine alone.
   *
   * @throws {SourceError} `source-unusable`: a base URL, origin or user agent that cannot work, or credentials that would cross a
   * network without TLS.
   * @throws {TypeError} for an option that is not known.
   * @throws {RangeError} for a number that is negative.
   */
  constructor(metadataBaseUrl: string, targetsBaseUrl: string, options?: HttpOptions);
  /** @internal */
  constructor(metadataBaseUrl: string, targetsBaseUrl: string, options: HttpOptions, transport: Transport);
  constructor(metadataBaseUrl: string, targetsBaseUrl: string, options: HttpOptions = {}, transport = throughFetch()) {
    this.#metadata = new BaseUrl(text("metadataBaseUrl", metadataBaseUrl));
    this.#targets = new BaseUrl(text("targetsBaseUrl", targetsBaseUrl));
    for (const base of [this.#metadata, this.#targets]) {
      if (base.exposesCredentials) {
        throw unusable(String(base), "credentials are not sent through a network without https");
      }
    }
    this.#settings = withDefaults(options, transport);
    this.#bodies = new BodyReader(this.#settings.timeouts, this.#settings.clock);
  }

  get location(): string {
    return String(this.#metadata);
  }

  get retry(): Retry {
    const { retries: count, backoff } = this.#settings;
    return { count, ...backoff };
  }

  async metadata(name: string, maxLength: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const url = this.#metadata.join(name);
    const limit = this.#settings.timeouts.metadata;
    const limits = { waiting: limit, deadline: limit };
    const asked = { base: this.#metadata, url, resume: WHOLE, limits, signal };
    const opened = await this.#open(asked);
    return opened && this.#bodies.readAtMost(opened.answer, limits, maxLength + 1);
  }

  async target(fetchPath: string, resume: Resume, signal?: AbortSignal): Promise<TargetStream | undefined> {
    const url = this.#targets.join(fetchPath);
    const waiting = this.#settings.timeouts.target;
    const limitsFrom = (start: number): Limits => ({ waiting, deadline: this.#slowest(resume.length + 1 - start) });
    const asked = { base: this.#targets, url, resume, limits: limitsFrom(resume.offset), signal };
    const opened = await this.#open(asked);
    if (opened === undefined) {
      return undefined;
    }
    const validator = validatorOf(opened.answer.response.headers);
    const bytes = this.#bodies.chunks(opened.answer, limitsFrom(opened.start), resume.length - opened.start);
    return { bytes, start: opened.start, validator };
  }

  /** Sends the request, and its redirects, until an answer says whether there is such a file. */
  async #open(asked: Asked): Promise<Opened | undefined> {
    let [trail, resume] = [this.#trail(asked.url), asked.resume];
    for (;;) {
      const answer = await this.#send(asked, trail, resume);
      const { response, location, exchange } = answer;
      try {
        const start = startOf(answer, resume.offset);
        if (start !== undefined) {
          return { answer, start };
        }
        const isAbsent = ABSENT.includes(response.status);
        if (REDIRECTS.includes(response.status)) {
          trail.follow(response.headers.get("location"));
        } else if (response.status === 416 && resume.offset > 0) {
          // The file is shorter than what is there of it: it is another one.
          [trail, resume] = [this.#trail(asked.url), WHOLE];
        } else if (!isAbsent) {
          throw badStatus(location, response);
        }
        await this.#bodies.drain(answer, asked.limits);
        if (isAbsent) {
          return undefined;
        }
      } catch (error) {
        exchange.end();
        throw error;
      }
    }
  }

  /** Sends one request, and waits for the headers of its answer. */
  async #send(asked: Asked, trail: Trail, resume: Resume): Promise<Answer> {
    const answer = await this.#fetch(asked, trail.current, resume, "manual");
    if (answer.response.type !== "opaqueredirect") {
      return answer;
    }
    // A browser shows nothing of it but that it is one.
    answer.exchange.end();
    if (asked.base.credentialsFor(trail.current) !== undefined) {
      throw trail.unseen();
    }
    const followed = await this.#fetch(asked, trail.current, resume, "follow");
    try {
      trail.followed(followed.response.url);
    } catch (error) {
      followed.exchange.end();
      throw error;
    }
    return { ...followed, location: inWords(trail.current) };
  }

  async #fetch(asked: Asked, url: URL, resume: Resume, redirect: "manual" | "follow"): Promise<Answer> {
    const { clock, timeouts } = this.#settings;
    const exchange = new Exchange(clock, asked.signal);
    const location = inWords(url);
    const request = { headers: this.#headers(asked.base, url, resume), redirect, signal: exchange.signal };
    try {
      const late = () => timeout(location, "response", timeouts.response);
      const answered = this.#settings.transport(url.href, request);
      const response = await exchange.wait(answered, timeouts.response, late, (error) => noAnswer(location, error));
      return { response, exchange, location };
    } catch (error) {
      exchange.end();
      throw error;
    }
  }

  #headers(base: BaseUrl, url: URL, resume: Resume): Readonly<Record<string, string>> {
    const credentials = base.credentialsFor(url);
    const { userAgent } = this.#settings;
    return {
      "accept-encoding": "identity",
      ...rangeHeaders(resume),
      ...(credentials === undefined ? {} : { authorization: basic(credentials) }),
      ...(userAgent === undefined ? {} : { "user-agent": userAgent }),
    };
  }

  #trail(url: URL): Trail {
    return new Trail(url, this.#settings.redirectOrigins, this.#settings.maxRedirects);
  }

  /** The time after which no target of this length can still be on its way, were it as slow as is allowed: milliseconds. */
  #slowest(bytes: number): number {
    const { minBytes, window } = this.#settings.timeouts;
    return minBytes === 0 ? Infinity : window * (Math.floor(bytes / minBytes) + 1);
  }
}

/** What a request is for. */
interface Asked {
  readonly base: BaseUrl;
  readonly url: URL;
  readonly resume: Resume;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
}

/** An answer with the file, from this byte on. */
interface Opened {
  readonly answer: Answer;
  readonly start: number;
}

const WHOLE: Resume = { offset: 0, length: 0 };

const ABSENT: readonly number[] = [403, 404, 410];

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Where the answer begins in the file; none where it has nothing of it. @throws {SourceError} `source-protocol`. */
function startOf({ response, location }: Answer, offset: number): number | undefined {
  const isPart = response.status === 206 && offset > 0;
  if (response.status !== 200 && !isPart) {
    return undefined;
  }
  const other = isPart ? otherRange(offset, response.headers) : undefined;
  if (other !== undefined) {
    throw protocol(location, `the answer has ${other}, though the bytes from ${offset} on were asked for`);
  }
  checkCodings(location, response.headers);
  return isPart ? offset : 0;
}

/** Refuses bytes that are not those of the file. @throws {SourceError} `source-protocol`. */
function checkCodings(location: string, headers: Fields): void {
  const transfer = headers.get("transfer-encoding");
  if (transfer !== null && transfer.toLowerCase() !== "chunked") {
    throw protocol(location, `the transfer is encoded (${JSON.stringify(transfer)}), and not only in chunks`);
  }
  const content = headers.get("content-encoding");
  if (content !== null && content.toLowerCase() !== "identity" && asksForIdentity()) {
    const said = JSON.stringify(content);
    throw protocol(location, `the answer is encoded (${said}), though it was asked for as it is`);
  }
}

/** Whether the runtime sends `accept-encoding` as it is told. Browsers send their own, and hand out what they decoded. */
function asksForIdentity(): boolean {
  return new Request("http://localhost/", { headers: { "accept-encoding": "identity" } }).headers.has("accept-encoding");
}
