/** The end of a file: how it is asked for, and what the answer must say (RFC 9110, sections 13.1.5 and 14). */

import type { Resume } from "../source.js";
import { parseDate } from "./date.js";
import type { Fields } from "./transport.js";

/**
 * The headers that ask for the bytes from an offset on, where the file is still the one that the validator names. A server answers
 * with the whole file where it is another, or where it cannot send a part.
 */
export function rangeHeaders({ offset, validator }: Resume): Readonly<Record<string, string>> {
  if (offset === 0) {
    return {};
  }
  const range = { range: `bytes=${offset}-` };
  return validator === undefined ? range : { ...range, "if-range": validator };
}

/** What an answer with a part of the file says, where that is not that it begins at this offset. */
export function otherRange(offset: number, headers: Fields): string | undefined {
  const said = headers.get("content-range")?.trim();
  if (said === undefined) {
    return "no one range of bytes";
  }
  const [, first, last, total] = /^bytes +(\d+)-(\d+)\/(\d+|\*)$/i.exec(said) ?? [];
  const isIt =
    first !== undefined &&
    Number(first) === offset &&
    Number(last) >= offset &&
    (total === "*" || Number(total) > Number(last));
  return isIt ? undefined : `the range ${JSON.stringify(said)}`;
}

/**
 * What tells this state of a file from others, if the server says it: a strong ETag, or a time of change that is surely not that
 * of a later change too.
 */
export function validatorOf(headers: Fields): string | undefined {
  const tag = headers.get("etag")?.trim();
  if (tag !== undefined) {
    return tag.startsWith('"') ? tag : undefined;
  }
  const [changed, sent] = [headers.get("last-modified")?.trim(), headers.get("date")?.trim()];
  const [then, now] = [parseDate(changed ?? ""), parseDate(sent ?? "")];
  return then !== undefined && now !== undefined && then < now ? changed : undefined;
}
