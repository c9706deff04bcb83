/** Where a source reads from: base URLs, and the files beneath them. */

import { SourceError } from "../errors.js";
import { checkName, refusedName } from "./name.js";

/** The user name and password of a URL, percent-encoded. */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** A base URL: `http` or `https`, a path that ends in `/`, and the credentials that were in it, set apart. */
export class BaseUrl {
  readonly #url: URL;
  readonly #credentials: Credentials | undefined;

  /**
   * Takes a base URL apart.
   *
   * @throws {SourceError} `source-unusable`. It shows no more of the text than scheme, host and path.
   */
  constructor(text: string) {
    const reason = defect(text);
    if (reason !== undefined) {
      throw unusable(text, reason);
    }
    const parsed = parse(text, () => unusable(text, "this is no URL"));
    const { username, password } = parsed;
    this.#credentials = username === "" && password === "" ? undefined : { user: username, password };
    this.#url = withoutCredentials(parsed);
    if (!this.#url.pathname.endsWith("/")) {
      this.#url.pathname += "/";
    }
  }

  /** Without the credentials. */
  toString(): string {
    return this.#url.href;
  }

  /** Scheme, host and port. */
  get origin(): string {
    return this.#url.origin;
  }

  /** Whether this is nothing but an origin. */
  get isOrigin(): boolean {
    return this.#url.pathname === "/" && this.#credentials === undefined;
  }

  /**
   * The URL of the file `name`, which is percent-encoded and relative.
   *
   * @throws {SourceError} `source-name` where the name could lead out of the base.
   */
  join(name: string): URL {
    checkName(name);
    const text = `${this.#url.href}${name}`;
    const url = parse(text, () => refusedName(name, "it makes no URL"));
    if (url.href !== text) {
      throw refusedName(name, "a URL cannot hold it as it is");
    }
    return url;
  }

  /**
   * Whether whoever is on the way could read the credentials: there are some, and they would cross a network without TLS. What is
   * sent to this machine crosses none.
   */
  get exposesCredentials(): boolean {
    const { protocol, hostname } = this.#url;
    const isLoopback = hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d+){3}$/.test(hostname);
    return this.#credentials !== undefined && protocol !== "https:" && !isLoopback;
  }

  /** The credentials for requests to the origin of this URL, where there are any. */
  credentialsFor(url: URL): Credentials | undefined {
    return url.origin === this.#url.origin ? this.#credentials : undefined;
  }
}

/** A URL for a person: without user name, password, fragment, and the content of its query. */
export function inWords(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}

/** The text of a URL, perhaps of none, without user name, password, query and fragment. */
export function withoutSecrets(text: string): string {
  const { scheme, authority, rest } = split(text);
  if (rest.includes("@")) {
    // A password with a slash in it, perhaps. What is secret here cannot be told.
    return `${scheme}…`;
  }
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  return `${scheme}${host}${rest.split(/[?#]/, 1)[0] ?? ""}`;
}

/** What is wrong with the text of a base URL, as far as a URL library would overlook it. */
function defect(text: string): string | undefined {
  if (/[?#]/.test(text)) {
    return "a base URL has no query and no fragment";
  }
  if (!/^https?:\/\//i.test(text)) {
    return "only http and https URLs are supported";
  }
  if (/[\\\p{Cc}\s]/u.test(text)) {
    return "this is no URL";
  }
  if (split(text).rest.split("/").some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) {
    return "a base URL has no segment `.` or `..`";
  }
  return undefined;
}

/** Scheme with `://`, authority, and the rest. A text without scheme begins with the authority. */
function split(text: string): { readonly scheme: string; readonly authority: string; readonly rest: string } {
  const [, scheme = "", authority = "", rest = ""] = /^(.*?:\/\/)?([^/\\?#]*)(.*)$/su.exec(text) ?? [];
  return { scheme, authority, rest };
}

function parse(text: string, failed: () => SourceError): URL {
  try {
    return new URL(text);
  } catch {
    throw failed();
  }
}

function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return bare;
}

/** A setting that cannot work. It shows no more of the text than scheme, host and path. */
export function unusable(text: string, reason: string): SourceError {
  const location = withoutSecrets(text);
  return new SourceError(`${location}: ${reason}`, "source-unusable", { location, advice: "correct this setting" });
}
