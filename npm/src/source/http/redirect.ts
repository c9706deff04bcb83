/** Which redirects are followed. */

import { SourceError } from "../../errors.js";
import { inWords, withoutSecrets } from "../url.js";

/**
 * The URLs of one request, in the order visited. The rule: within the origin of the URL that was asked for, or to an origin that
 * is allowed by name; never from https to http; never twice to the same URL.
 */
export class Trail {
  readonly #start: URL;
  readonly #origins: readonly string[];
  readonly #limit: number;
  readonly #visited: string[] = [];
  #current: URL;

  constructor(start: URL, origins: readonly string[], limit: number) {
    this.#start = start;
    this.#current = start;
    this.#origins = origins;
    this.#limit = limit;
  }

  get current(): URL {
    return this.#current;
  }

  /** Moves to where a `Location` header with this value leads. @throws {SourceError} `source-redirect`. */
  follow(value: string | null): void {
    if (value === null || value.trim() === "") {
      throw this.#refused("nowhere", "the answer has no usable Location header");
    }
    const next = this.#resolve(value.trim());
    const reason = this.#objection(next);
    if (reason !== undefined) {
      throw this.#refused(inWords(next), reason);
    }
    this.#visited.push(this.#current.href);
    this.#current = next;
  }

  /** Moves to where the runtime has been redirected to. @throws {SourceError} `source-redirect` where it should not have been. */
  followed(to: string): void {
    const next = this.#resolve(to);
    const reason = this.#isDowngrade(next) ? NOT_HTTPS : this.#isAllowed(next) ? undefined : ANOTHER_ORIGIN;
    if (reason !== undefined) {
      throw this.#refused(inWords(next), reason);
    }
    this.#current = next;
  }

  /** A redirect that a runtime would follow by itself, with credentials, to where nobody has seen. */
  unseen(): SourceError {
    return this.#refused("a place that the runtime does not show", "credentials are not sent to a place that nobody sees");
  }

  #resolve(value: string): URL {
    const refused = (reason: string): SourceError => this.#refused(withoutSecrets(value), reason);
    let next: URL;
    try {
      next = new URL(value, this.#current);
    } catch {
      throw refused("this is no URL");
    }
    if (next.protocol !== "https:" && next.protocol !== "http:") {
      throw refused("only http and https URLs are supported");
    }
    if (next.username !== "" || next.password !== "") {
      throw refused("the URL has credentials in a place where none may be");
    }
    next.hash = "";
    return next;
  }

  #objection(next: URL): string | undefined {
    if (this.#isDowngrade(next)) {
      return NOT_HTTPS;
    }
    if (!this.#isAllowed(next)) {
      return ANOTHER_ORIGIN;
    }
    if (next.href === this.#current.href || this.#visited.includes(next.href)) {
      return "it is a loop";
    }
    return this.#visited.length >= this.#limit ? "there were too many redirects before" : undefined;
  }

  /** An origin may be allowed by name; a way that everybody can read may not, for what was asked for behind https. */
  #isDowngrade(next: URL): boolean {
    return this.#current.protocol === "https:" && next.protocol !== "https:";
  }

  #isAllowed(next: URL): boolean {
    return next.origin === this.#start.origin || this.#origins.includes(next.origin);
  }

  #refused(to: string, reason: string): SourceError {
    const location = inWords(this.#current);
    const message = `${location} redirects to ${to}, which is not followed: ${reason}`;
    return new SourceError(message, "source-redirect", {
      location,
      advice: "use the URL that it redirects to, or allow redirects to that origin",
    });
  }
}

const ANOTHER_ORIGIN = "it is another origin";
const NOT_HTTPS = "it is not behind https";
