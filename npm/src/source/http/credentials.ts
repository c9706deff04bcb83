/** The user name and password of a base URL, as a header. */

import type { Credentials } from "../url.js";

/** The value of the header `Authorization` (RFC 7617). */
export function basic({ user, password }: Credentials): string {
  const plain = [...decoded(user), 0x3a, ...decoded(password)];
  return `Basic ${btoa(String.fromCharCode(...plain))}`;
}

/** The bytes of a text with its percent escapes decoded, which need not be UTF-8. */
function decoded(text: string): readonly number[] {
  const parts = text.split(/(%[0-9A-Fa-f]{2})/);
  return parts.flatMap((part, index) =>
    index % 2 === 1 ? [Number.parseInt(part.slice(1), 16)] : [...new TextEncoder().encode(part)],
  );
}
