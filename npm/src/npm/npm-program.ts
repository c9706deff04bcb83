/** The npm that is run, and the settings that keep it to the registry of one run. */

import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, isAbsolute, join, sep } from "node:path";
import { exposed, exposedToNewFiles } from "../node/ownership.js";
import type { UserSettings } from "./user-settings.js";

/** npm cannot be found. */
export class NpmMissing extends Error {
  override readonly name = "NpmMissing";
}

/** Variables of an environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The script of the npm to be run for the project in a folder: the one that runs this program, else the first on the search path, else
 * the one that came with Node.
 *
 * It decides everything that follows, so that nobody else may choose it. One in the project, or in a `node_modules` of the project or
 * of a folder above, may come from packages that nobody has verified: package managers put such folders in front of the search path.
 * One that another user can change, or in a folder where others can make programs, is not taken either. What came with Node is as good
 * as the Node that runs this program.
 *
 * @throws {NpmMissing} if there is none.
 */
export function findNpm(environment: Environment, project: string): string {
  const running = environment["npm_execpath"] ?? "";
  const ofNode = npmsOfNode();
  const places = [
    ...(isAbsolute(running) ? [join(dirname(running), SCRIPT)] : []),
    ...(environment["PATH"] ?? "").split(delimiter).filter(isAbsolute).map((folder) => join(folder, "npm")),
    ...ofNode,
  ];
  const scriptsOfNode = new Set(ofNode.map(scriptAt));
  const passedOver: string[] = [];
  for (const place of places) {
    const script = scriptAt(place);
    if (script === undefined) {
      continue;
    }
    const why = whyNot(place, script, realpathSync(project), scriptsOfNode.has(script));
    if (why === undefined) {
      return script;
    }
    passedOver.push(`${place} is not taken: ${why}`);
  }
  throw new NpmMissing(["there is no npm on the path", ...new Set(passedOver)].join("; "));
}

/** What every run of npm is kept to. */
export interface Confinement {
  /** URL of the registry, which is the proxy too: it lets requests for itself pass and refuses all others. */
  readonly registry: string;
  /** Folder of npm's cache, empty. */
  readonly cache: string;
  /** Folder of npm's logs, of this run too. */
  readonly logs: string;
  /** Path at which there is no git. */
  readonly git: string;
  /** Scopes of the packages to be installed, with their `@`. */
  readonly scopes: readonly string[];
  /** The settings of the user, which no project takes back; none before npm was asked for them. */
  readonly user: UserSettings | undefined;
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
  const { user } = confinement;
  return confined(environment, confinement, {
    global: "false",
    location: "project",
    ...(user?.ignoresScripts === true ? { "ignore-scripts": "true" } : {}),
    ...(user?.allowsStrictly === true ? { "strict-allow-scripts": "true", "dangerously-allow-all-scripts": "false" } : {}),
  });
}

/** The environment of an npm that is asked for the user's settings. */
export function forUserSettings(environment: Environment, confinement: Confinement): Environment {
  return confined(environment, confinement, {});
}

/** Variables count more than every `.npmrc`; those that contradict are taken away, whatever their spelling. */
function confined(environment: Environment, confinement: Confinement, more: Readonly<Record<string, string>>): Environment {
  const { registry, cache, logs, git, scopes, user } = confinement;
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
    // Places that npm writes to, and files that count as the user's: a project would name others.
    "logs-dir": logs,
    timing: "false",
    ...(user?.userconfig === undefined ? {} : { userconfig: user.userconfig }),
    ...(user?.globalconfig === undefined ? {} : { globalconfig: user.globalconfig }),
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

/** Where the npm is that came with the running Node. */
function npmsOfNode(): readonly string[] {
  const folder = dirname(process.execPath);
  const npm = join("node_modules", "npm", "bin", SCRIPT);
  return [join(folder, "npm"), join(dirname(folder), "lib", npm), join(folder, npm)];
}

/** npm's script at a place, through links; `undefined` if there is none. */
function scriptAt(place: string): string | undefined {
  if (!existsSync(place)) {
    return undefined;
  }
  const script = realpathSync(place);
  return basename(script) === SCRIPT ? script : undefined;
}

/** Why the npm at a place is not taken; `undefined` if it is. `project` has no links in it. */
function whyNot(place: string, script: string, project: string, isOfNode: boolean): string | undefined {
  const folder = realpathSync(dirname(place));
  const ways = [place, join(folder, basename(place)), script];
  if (ways.some((way) => way.includes(`${sep}node_modules${sep}.bin${sep}`) || isInModulesOf(project, way))) {
    return "it may come from a package that was not verified";
  }
  if (isOfNode) {
    return undefined;
  }
  if (ways.some((way) => isBelow(project, way))) {
    return "it is in the project";
  }
  const found = exposedToNewFiles(dirname(place)) ?? exposed(place);
  return found && `${found.path} ${found.how}`;
}

/** Whether a path is in the `node_modules` of a folder, or of one above it. */
function isInModulesOf(folder: string, path: string): boolean {
  const above = dirname(folder);
  return isBelow(join(folder, "node_modules"), path) || (above !== folder && isInModulesOf(above, path));
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}

function contradicts(variable: string, settings: Readonly<Record<string, string>>): boolean {
  const key = /^npm_config_(.+)$/i.exec(variable)?.[1]?.toLowerCase().replace(/(?!^)_/g, "-");
  return key !== undefined && (Object.hasOwn(settings, key) || key.endsWith(":registry"));
}

/** npm takes names of scopes and addresses as they are. */
function variableName(key: string): string {
  return /^[@/]/.test(key) ? key : key.replaceAll("-", "_");
}
