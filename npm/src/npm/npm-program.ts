/** The npm that is run, and the settings that keep it to the registry of one run. */

import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, sep } from "node:path";

/** npm cannot be found. */
export class NpmMissing extends Error {
  override readonly name = "NpmMissing";
}

/** Variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The script of the npm to be run: the one that runs this program, else the first on the path. A program below a `node_modules`
 * folder is none: packages that nobody verified may have put it there.
 *
 * @throws {NpmMissing} where there is none.
 */
export function findNpm(environment: Environment): string {
  const running = environment["npm_execpath"];
  const beside = join(dirname(process.execPath), "node_modules", "npm", "bin", SCRIPT);
  const places = [
    ...(running === undefined ? [] : [join(dirname(running), SCRIPT)]),
    ...(environment["PATH"] ?? "").split(delimiter).filter(isAbsolute).map((folder) => join(folder, "npm")),
    beside,
  ];
  for (const place of places) {
    const script = scriptAt(place);
    if (script !== undefined) {
      return script;
    }
  }
  throw new NpmMissing("there is no npm on the path");
}

/** What one run of npm is kept to. */
export interface Confinement {
  /** URL of the registry. */
  readonly registry: string;
  /** URL of the proxy, which lets requests for the registry pass and refuses all others. */
  readonly proxy: string;
  /** Folder of npm's cache, empty. */
  readonly cache: string;
  /** Scopes of the packages to be installed, with their `@`. */
  readonly scopes: readonly string[];
}

/**
 * Arguments of a confined npm: the registry of the scopes that no variable can name, because npm reads `_` as `-` there, and capitals
 * as small letters.
 */
export function scopeArguments({ registry, scopes }: Confinement): readonly string[] {
  return scopes.filter((scope) => /[_A-Z]/.test(scope)).map((scope) => `--${scope}:registry=${registry}`);
}

/**
 * The environment of a confined npm. Variables count more than every `.npmrc`; those that contradict are taken away, whatever their
 * spelling. Everything else stays as it is.
 */
export function confined(environment: Environment, confinement: Confinement): Environment {
  const { registry, proxy, cache, scopes } = confinement;
  const settings: Record<string, string> = {
    // Every address of a lock file, and every scope, is the registry's.
    registry,
    "replace-registry-host": "always",
    ...Object.fromEntries(scopes.map((scope) => [`${scope}:registry`, registry])),
    // Whatever goes elsewhere all the same ends at the proxy. Something has to stand in `noproxy`, or other places count.
    proxy,
    "https-proxy": proxy,
    noproxy: "tuf.invalid",
    // Nothing comes from a cache that others filled.
    cache,
    offline: "false",
    // Requests that need no answer.
    audit: "false",
    fund: "false",
    "update-notifier": "false",
    "logs-max": "0",
    // An installation that is none is no success.
    "dry-run": "false",
    "package-lock": "true",
    "package-lock-only": "false",
    // The registry is gone afterwards: its address is kept nowhere.
    "omit-lockfile-registry-resolved": "true",
  };
  const kept = Object.entries(environment).filter(([variable]) => !contradicts(variable, settings));
  const own = Object.entries(settings).map(([key, value]) => [`npm_config_${variableName(key)}`, value]);
  return Object.fromEntries([...kept, ...own]) as Environment;
}

/** Starts npm in a folder. */
export function startNpm(
  script: string,
  folder: string,
  args: readonly string[],
  environment: Environment,
  stdio: StdioOptions,
): ChildProcess {
  return spawn(process.execPath, [script, ...args], { cwd: folder, env: { ...environment }, stdio });
}

/** How a program ended: its exit status, or that it was stopped by a signal. */
export async function ended(child: ChildProcess): Promise<number | NodeJS.Signals> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve(status ?? signal ?? 1));
  });
}

const SCRIPT = "npm-cli.js";

function scriptAt(place: string): string | undefined {
  if (!existsSync(place)) {
    return undefined;
  }
  const script = realpathSync(place);
  const isNpms = basename(script) === SCRIPT && !isBelowProject(place);
  return isNpms ? script : undefined;
}

/** npm's own script is in `node_modules/npm/bin`; what a package put on the path is in `node_modules/.bin`. */
function isBelowProject(place: string): boolean {
  return place.includes(`${sep}node_modules${sep}.bin${sep}`);
}

function contradicts(variable: string, settings: Readonly<Record<string, string>>): boolean {
  const key = /^npm_config_(.+)$/i.exec(variable)?.[1]?.toLowerCase().replace(/(?!^)_/g, "-");
  return key !== undefined && (Object.hasOwn(settings, key) || key.endsWith(":registry"));
}

function variableName(key: string): string {
  return key.startsWith("@") ? key : key.replaceAll("-", "_");
}
