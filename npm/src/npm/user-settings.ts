/** npm's settings of the user, without those of a project: whoever made the project wrote those. */

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ended, type Environment, startNpm } from "./npm-program.js";

/** What the user has npm set up for, by command line, environment, and the files of the user and the machine. */
export interface UserSettings {
  /** Whether no script is run. An npm that does not say so runs none. */
  readonly ignoresScripts: boolean;
  /** Whether scripts that nobody allowed are an error, where npm knows that. */
  readonly allowsStrictly: boolean;
  /** Paths of the files of the user and of the machine, where npm says them. */
  readonly userconfig: string | undefined;
  readonly globalconfig: string | undefined;
  /** The values of {@link INSTALLATION_KEYS} by these keys, as npm prints them. */
  readonly installation: ReadonlyMap<string, string>;
}

/** Settings that say what is installed: of groups to be left out, and of commands. */
export const INSTALLATION_KEYS = ["omit", "include", "only", "also", "production", "bin-links"] as const;

/** What npm prints of several settings, by their keys. */
export function settingsOf(text: string): ReadonlyMap<string, string> {
  return new Map(text.split("\n").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** Options of an npm that runs in a folder of {@link makeOutside}: it does not look for a project around it. */
export const OUTSIDE = ["--workspaces=false"] as const;

/**
 * Makes a folder in the folder of a run in which npm finds no project. npm takes the next `package.json` above for a project, and reads
 * the `.npmrc` beside it. An option `--prefix` would keep it from that too, and from the settings of the machine.
 */
export async function makeOutside(folder: string): Promise<string> {
  const path = join(folder, "outside");
  await mkdir(path);
  await writeFile(join(path, "package.json"), "{}");
  return path;
}

/**
 * Asks npm for the user's settings, in a folder that it makes in the `folder` of a run. `undefined` where npm fails.
 *
 * @throws the reason of the abortion by `signal`.
 */
export async function userSettings(
  npm: string,
  folder: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<UserSettings | undefined> {
  const keys = ["ignore-scripts", "strict-allow-scripts", "userconfig", "globalconfig", ...INSTALLATION_KEYS];
  const outside = await makeOutside(folder);
  const child = startNpm(npm, outside, ["config", "get", ...keys, ...OUTSIDE], environment, ["ignore", "pipe", "inherit"]);
  let answer = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (answer += text));
  if ((await ended(child, signal)) !== 0) {
    return undefined;
  }
  const settings = settingsOf(answer);
  const value = (key: string): string | undefined => settings.get(key);
  return {
    ignoresScripts: value("ignore-scripts") !== "false",
    allowsStrictly: value("strict-allow-scripts") === "true",
    userconfig: value("userconfig"),
    globalconfig: value("globalconfig"),
    installation: settings,
  };
}
