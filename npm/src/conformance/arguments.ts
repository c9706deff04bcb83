/** The command line of the protocol. */

import { readFileSync } from "node:fs";
import { verifierDigest } from "../component.js";

/** A command line: options, then one command. */
export interface Arguments {
  readonly metadataDir: string;
  readonly metadataUrl: string | undefined;
  /** In the order given. */
  readonly targetNames: readonly string[];
  readonly targetDir: string | undefined;
  readonly targetBaseUrl: string | undefined;
  readonly command: Command;
}

/** The commands of the protocol. */
export type Command =
  | { readonly name: "init"; readonly trustedRoot: string }
  | { readonly name: "refresh" }
  | { readonly name: "download" };

/**
 * Reads a command line, without the program's name: what it asks for, or the text that it asks for.
 *
 * @throws {Error} what is wrong with it, in one line.
 */
export function readArguments(line: readonly string[]): Arguments | string {
  const given = new Map<string, readonly string[]>();
  const words = [...line];
  for (let word = words.shift(); word !== undefined && word !== "--"; word = words.shift()) {
    const text = TEXTS.get(word)?.();
    if (text !== undefined) {
      return text;
    }
    if (!isOption(word)) {
      return withCommand(given, word, words);
    }
    const { option, value } = optionOf(word, words);
    const values = given.get(option) ?? [];
    if (values.length > 0 && option !== REPEATED) {
      throw new Error(`the argument '${option} <${VALUES[option]}>' cannot be used multiple times`);
    }
    given.set(option, [...values, value]);
  }
  if (words[0] !== undefined) {
    throw unexpected(words[0]);
  }
  throw new Error(`'${NAME}' requires a subcommand but one was not provided [subcommands: ${COMMANDS.join(", ")}]`);
}

const NAME = "tuf-conformance-client";

const COMMANDS: readonly string[] = ["init", "refresh", "download"];

/** The options and what each takes. */
const VALUES: Readonly<Record<string, string>> = {
  "--metadata-dir": "DIR",
  "--metadata-url": "URL",
  "--target-name": "PATH",
  "--target-dir": "DIR",
  "--target-base-url": "URL",
};

/** The option that may be given again. Its values may begin with a hyphen. */
const REPEATED = "--target-name";

const HELP = `The client under test of the official TUF conformance suite

Usage: ${NAME} [OPTIONS] --metadata-dir <DIR> <COMMAND>

Commands:
  init      Begin to trust this root metadata; asks the repository for nothing
  refresh   Bring the trusted metadata up to date
  download  Bring the trusted metadata up to date and download targets

Options:
      --metadata-dir <DIR>     Folder of the trusted metadata
      --metadata-url <URL>     Base URL of the repository's metadata
      --target-name <PATH>     Target path to download; given again, the targets are downloaded in this order
      --target-dir <DIR>       Folder of the downloaded targets
      --target-base-url <URL>  Base URL of the repository's targets
  -h, --help                   Print help
  -V, --version                Print version
`;

const TEXTS: ReadonlyMap<string, () => string> = new Map([
  ["-h", () => HELP],
  ["--help", () => HELP],
  ["-V", () => `${NAME} ${version()}\n`],
  ["--version", () => `${NAME} ${version()}\nverifier sha256:${verifierDigest}\n`],
]);

function version(): string {
  const manifest = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}

/** A hyphen alone is the name of a file. */
function isOption(word: string): boolean {
  return word.startsWith("-") && word !== "-";
}

/** An option and its value: behind `=`, or the next word, which is taken. */
function optionOf(word: string, words: string[]): { readonly option: string; readonly value: string } {
  const [, option = word, inline] = /^(--[^=]*)=(.*)$/s.exec(word) ?? [];
  const kind = Object.hasOwn(VALUES, option) ? VALUES[option] : undefined;
  if (kind === undefined) {
    throw unexpected(option);
  }
  const [next] = words;
  const isOther = inline === undefined && next !== undefined && isOption(next) && option !== REPEATED;
  if (isOther && !Object.hasOwn(VALUES, next)) {
    throw unexpected(next);
  }
  const value = isOther ? undefined : (inline ?? words.shift());
  if (value === undefined || (value === "" && kind === "DIR")) {
    throw withoutValue(`${option} <${kind}>`);
  }
  return { option, value };
}

/** The options and the command `name` with the words behind it. */
function withCommand(given: ReadonlyMap<string, readonly string[]>, name: string, words: readonly string[]): Arguments {
  const command = commandOf(name, words);
  const [metadataDir] = given.get("--metadata-dir") ?? [];
  if (metadataDir === undefined) {
    throw missing("--metadata-dir <DIR>");
  }
  return {
    metadataDir,
    metadataUrl: given.get("--metadata-url")?.[0],
    targetNames: given.get(REPEATED) ?? [],
    targetDir: given.get("--target-dir")?.[0],
    targetBaseUrl: given.get("--target-base-url")?.[0],
    command,
  };
}

function commandOf(name: string, words: readonly string[]): Command {
  const end = words.indexOf("--");
  const option = words.slice(0, end < 0 ? words.length : end).find(isOption);
  const operands = words.filter((_, place) => place !== end);
  const surplus = option ?? operands[name === "init" ? 1 : 0];
  if (COMMANDS.includes(name) && surplus !== undefined) {
    throw unexpected(surplus);
  }
  switch (name) {
    case "init":
      return { name, trustedRoot: operand("<TRUSTED_ROOT>", operands[0]) };
    case "refresh":
    case "download":
      return { name };
    default:
      throw new Error(`unrecognized subcommand '${name}'`);
  }
}

function operand(argument: string, word: string | undefined): string {
  if (word === undefined) {
    throw missing(argument);
  }
  if (word === "") {
    throw withoutValue(argument);
  }
  return word;
}

function unexpected(word: string): Error {
  return new Error(`unexpected argument '${word}' found`);
}

function withoutValue(argument: string): Error {
  return new Error(`a value is required for '${argument}' but none was supplied`);
}

function missing(argument: string): Error {
  return new Error(`the following required arguments were not provided: ${argument}`);
}
