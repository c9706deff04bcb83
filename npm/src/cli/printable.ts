/** Text from elsewhere on a terminal. */

/** The text with everything that a terminal obeys, or that turns the direction of writing, shown as an escape. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu,
    (obeyed) => `\\u{${(obeyed.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
