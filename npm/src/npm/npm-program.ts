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

/** What every run of npm is kept to. */
export interface Confinement {
  /** URL of the registry, which is the proxy too: it lets requests for itself pass and refuses all others. */
  readonly registry: string;
  /** Folder of npm's cache, empty. */
  readonly cache: string;
  /** Path at which there is no git. */
  readonly git: string;
  /** Scopes of the packages to be installed, with their `@`. */
  readonly scopes: readonly string[];
}

/**
 * Arguments of a confined npm: the registry of the scopes that no variable can name, because npm reads `_` as `-` there, and capitals
 * as small letters. Every user of the machine can read them: nothing in them is secret.
 */
export function scopeArguments({ registry, scopes }: Confinement): readonly string[] {
  return scopes.filter((scope) => /[_A-Z]/.test(scope)).map((scope) => `--${scope}:registry=${registry}`);
}

/**
 * The environment of an npm that installs and runs nothing of what it installs. Scripts, and the commands of packages, come from the
 * packages themselves once it is known that they are the verified ones: see {@link forScripts}. `token` is what the registry asks for.
 */
export function forInstallation(environment: Environment, confinement: Confinement, token: string): Environment {
  const { registry } = confinement;
  return confined(environment, confinement, {
    [`//${new URL(registry).host}/:_authToken`]: token,
    "ignore-scripts": "true",
    "bin-links": "false",
    // What would make of an installation something else than what is accounted for.
    force: "false",
    global: "false",
    location: "project",
    "install-links": "false",
    "dry-run": "false",
    "package-lock": "true",
    "package-lock-only": "false",
    // The registry is gone afterwards: its address is kept nowhere.
    "omit-lockfile-registry-resolved": "true",
  });
}

/**
 * The environment of an npm that runs the scripts of what is installed: as it is, but whatever a script asks of npm ends at the
 * registry, which is closed by now. It has no token.
 */
export function forScripts(environment: Environment, confinement: Confinement): Environment {
  return confined(environment, confinement, { global: "false", location: "project" });
}

/** Variables count more than every `.npmrc`; those that contradict are taken away, whatever their spelling. */
function confined(environment: Environment, confinement: Confinement, more: Readonly<Record<string, string>>): Environment {
  const { registry, cache, git, scopes } = confinement;
  const settings: Record<string, string> = {
    // Every address of a lock file, and every scope, is the registry's.
    registry,
    "replace-registry-host": "always",
    ...Object.fromEntries(scopes.map((scope) => [`${scope}:registry`, registry])),
    // Whatever goes elsewhere all the same ends at the proxy. Something has to stand in `noproxy`, or other places count.
    proxy: registry,
    "https-proxy": registry,
    noproxy: "tuf.invalid",
    // Nothing comes from git, from a file or a folder, or from an address. An npm that does not know the last four has git alone.
    git,
    "allow-git": "none",
    "allow-file": "none",
    "allow-directory": "none",
    "allow-remote": "none",
    // Nothing comes from a cache that others filled.
    cache,
    offline: "false",
    // Whatever makes npm print something, and do nothing.
    usage: "false",
    // Requests that need no answer.
    audit: "false",
    fund: "false",
    "update-notifier": "false",
    "logs-max": "0",
    ...more,
  };
  const kept = Object.entries(environment).filter(([variable]) => !contradicts(variable, settings) && !SECRET.test(variable));
  const own = Object.entries(settings).map(([key, value]) => [`npm_config_${variableName(key)}`, value]);
  return Object.fromEntries([...kept, ...own]) as Environment;
}

/** An environment without the secrets of a publisher, which no npm needs. */
export function withoutSecrets(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([variable]) => !SECRET.test(variable)));
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

/**
 * How a program ended: its exit status, or that it was stopped by a signal. It is stopped where `signal` is aborted.
 *
 * @throws the reason of the abortion; what kept the program from being started.
 */
export async function ended(child: ChildProcess, signal: AbortSignal): Promise<number | NodeJS.Signals> {
  const stop = (): void => void child.kill("SIGTERM");
  signal.addEventListener("abort", stop, { once: true });
  try {
    const end = await new Promise<number | NodeJS.Signals>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, stoppedBy) => resolve(status ?? stoppedBy ?? 1));
    });
    signal.throwIfAborted();
    return end;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const SCRIPT = "npm-cli.js";

/** The variable of the publisher's program with the passphrase of keys. */
const SECRET = /^TUFREPO_PASSPHRASE$/i;

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

/** npm takes names of scopes and addresses as they are. */
function variableName(key: string): string {
  return /^[@/]/.test(key) ? key : key.replaceAll("-", "_");
}
