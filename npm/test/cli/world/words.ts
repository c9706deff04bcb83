/** The packages of most tests: an honest one of each name, and what a thief would like to see instead. */

import type { Package } from "./package.js";

export const WORDS: Package = { name: "words", version: "1.1.0", word: "hello" };
export const OLD_WORDS: Package = { name: "words", version: "1.0.0", word: "good day" };
export const GREET: Package = {
  name: "@scope/greet",
  version: "2.0.0",
  word: "greetings",
  dependencies: { words: "^1.0.0" },
};

/** Honest packages. */
export const HONEST: readonly Package[] = [WORDS, GREET];

/** The same names and versions, with other bytes. */
export const EVIL: readonly Package[] = HONEST.map((one) => ({ ...one, word: "owned" }));
