/** The command line as it is written. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { renamedProfile } from "../settings.js";
import type { Flags } from "./config.js";
import { usage } from "./failure.js";

/** Names of the commands. */
export const COMMANDS = ["refresh", "download", "verify", "explain", "verify-lock", "ci", "collect"] as const;

/** A command. */
export type CommandName = (typeof COMMANDS)[number];

/** A command line. */
export interface CommandLine {
  /** The command; none for `--help` and `--version` alone. */
  readonly command: CommandName | undefined;
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly flags: Flags;
  /** What stands behind the command. */
  readonly operands: readonly string[];
  /** The values of options that one command alone has, by their names. */
  readonly own: Readonly<Record<string, Value>>;
}

/** The value of an option. */
export type Value = string | boolean | readonly (string | boolean)[] | undefined;

type Options = NonNullable<ParseArgsConfig["options"]>;

const COMMON = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  config: { type: "string" },
  "trusted-root": { type: "string" },
  "metadata-url": { type: "string", multiple: true },
  "targets-url": { type: "string", multiple: true },
  store: { type: "string" },
  "replace-root-line": { type: "boolean" },
  bundle: { type: "string" },
  offline: { type: "boolean" },
  "fresh-for": { type: "string" },
  "cache-size": { type: "string" },
  "max-target-length": { type: "string" },
  profile: { type: "string" },
} as const satisfies Options;

/** Options of `npm ci` that are passed on. None of them says where bytes come from. */
export const NPM_OPTIONS = {
  omit: { type: "string", multiple: true },
  include: { type: "string", multiple: true },
  workspace: { type: "string", multiple: true, short: "w" },
  "install-strategy": { type: "string" },
  loglevel: { type: "string" },
  os: { type: "string" },
  cpu: { type: "string" },
  libc: { type: "string" },
  workspaces: { type: "boolean" },
  "include-workspace-root": { type: "boolean" },
  "ignore-scripts": { type: "boolean" },
  "foreground-scripts": { type: "boolean" },
  "strict-allow-scripts": { type: "boolean" },
  "dangerously-allow-all-scripts": { type: "boolean" },
  "legacy-peer-deps": { type: "boolean" },
  "strict-peer-deps": { type: "boolean" },
  "engine-strict": { type: "boolean" },
  "no-bin-links": { type: "boolean" },
} as const satisfies Options;

const SCRIPT_OPTIONS: readonly string[] = [
  "ignore-scripts",
  "foreground-scripts",
  "strict-allow-scripts",
  "dangerously-allow-all-scripts",
  "no-bin-links",
  "loglevel",
];

/** Which folders of the project are meant. `npm config` refuses them. */
const FOLDER_OPTIONS: readonly string[] = ["workspace", "workspaces", "include-workspace-root"];

const OWN: Readonly<Record<CommandName, Options>> = {
  refresh: {},
  download: { output: { type: "string", short: "o" } },
  verify: {},
  explain: {},
  "verify-lock": { "allow-uncovered": { type: "boolean" } },
  ci: NPM_OPTIONS,
  collect: {
    output: { type: "string", short: "o" },
    "allow-uncovered": { type: "boolean" },
    "project-npmrc": { type: "boolean" },
  },
};

/**
 * Reads a command line, without the program's name.
 *
 * @throws {Failure} with status 2 for one that cannot be read.
 */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const [first] = args;
  const command = COMMANDS.find((name) => name === first);
  if (command === undefined && first !== undefined && !first.startsWith("-")) {
    throw usage(`there is no command ${JSON.stringify(first)}`);
  }
  const options: Options = { ...COMMON, ...(command === undefined ? {} : OWN[command]) };
  const { values, positionals } = parse(command === undefined ? args : args.slice(1), options);
  const own = Object.fromEntries(Object.entries(values).filter(([name]) => !Object.hasOwn(COMMON, name)));
  return {
    command,
    help: values["help"] === true,
    version: values["version"] === true,
    json: values["json"] === true,
    quiet: values["quiet"] === true,
    flags: flags(values),
    operands: positionals,
    own,
  };
}

/** Options of `npm ci` as npm takes them. */
export function npmArguments(own: CommandLine["own"]): readonly string[] {
  return Object.entries(own).flatMap(([name, value]) => {
    const values = Array.isArray(value) ? (value as readonly (string | boolean)[]) : [value];
    return values.map((one) => (one === true ? `--${name}` : `--${name}=${String(one)}`));
  });
}

/** Those of the options of `npm ci` that are for the scripts and commands of what is installed. */
export function scriptArguments(own: CommandLine["own"]): readonly string[] {
  return npmArguments(Object.fromEntries(Object.entries(own).filter(([name]) => SCRIPT_OPTIONS.includes(name))));
}

/** The options of `npm ci` as `npm config` takes them: without the folders of the project, which change no setting. */
export function settingArguments(own: CommandLine["own"]): readonly string[] {
  return npmArguments(Object.fromEntries(Object.entries(own).filter(([name]) => !FOLDER_OPTIONS.includes(name))));
}

interface Parsed {
  readonly values: Readonly<Record<string, Value>>;
  readonly positionals: readonly string[];
}

function parse(args: readonly string[], options: Options): Parsed {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true }) as Parsed;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw usage(message.replace(/\. To specify a positional argument.*$/s, ""));
  }
}

function flags(values: Parsed["values"]): Flags {
  const text = (name: string): string | undefined => values[name] as string | undefined;
  const texts = (name: string): readonly string[] | undefined => values[name] as readonly string[] | undefined;
  const profile = text("profile");
  if (profile !== undefined && profile !== "compatible" && profile !== "strict") {
    throw usage(`--profile is compatible or strict, not ${JSON.stringify(profile)}`, renamedProfile(profile));
  }
  return {
    config: text("config"),
    metadataUrl: texts("metadata-url"),
    targetsUrl: texts("targets-url"),
    trustedRoot: text("trusted-root"),
    store: text("store"),
    replaceRootLine: values["replace-root-line"] === true ? true : undefined,
    bundle: text("bundle"),
    offline: values["offline"] === true ? true : undefined,
    freshFor: whole("--fresh-for", "seconds", text("fresh-for")),
    cacheSize: whole("--cache-size", "bytes", text("cache-size")),
    maxTargetLength: whole("--max-target-length", "bytes", text("max-target-length")),
    profile,
  };
}

function whole(option: string, unit: string, given: string | undefined): number | undefined {
  if (given !== undefined && !/^\d{1,15}$/.test(given)) {
    throw usage(`${option} is a whole number of ${unit}, not ${JSON.stringify(given)}`);
  }
  return given === undefined ? undefined : Number(given);
}
