/** Names and versions of packages, as they become parts of a target path. */

/** Longest name that npm takes. */
const MAX_NAME = 214;

/** Longest version that npm takes. */
const MAX_VERSION = 256;

/** One part of a name: what a URL has without an escape, and no dot at the beginning. Capitals stand in old names. */
const PART = "[A-Za-z0-9_~!*'()-][A-Za-z0-9._~!*'()-]*";

const NAME = new RegExp(`^(?:@(?<scope>${PART})/)?(?<base>${PART})$`);
const VERSION = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/;

/** The name of a package: `name` or `@scope/name`. */
export interface PackageName {
  /** The whole name. */
  readonly full: string;
  /** The scope with its `@`; none where there is no scope. */
  readonly scope: string | undefined;
  /** The name without its scope. */
  readonly base: string;
}

/** A text as the name of a package; `undefined` where it is none. Every part is one segment of a path that is safe everywhere. */
export function packageName(text: string): PackageName | undefined {
  const parts = text.length <= MAX_NAME ? NAME.exec(text)?.groups : undefined;
  const base = parts?.["base"];
  if (parts === undefined || base === undefined) {
    return undefined;
  }
  const scope = parts["scope"];
  return { full: text, scope: scope === undefined ? undefined : `@${scope}`, base };
}

/** Whether a text is a whole version, such as `1.2.3-beta.1`. */
export function isVersion(text: string): boolean {
  return text.length <= MAX_VERSION && VERSION.test(text);
}
