/** A project in a temporary folder, and the programs that are run in it. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { integrity, type Package, tarball } from "./package.js";
import type { Published } from "./published.js";

/** The folder of the package's sources. */
export const SOURCES = fileURLToPath(new URL("../../../../", import.meta.url));

const PROGRAM = join(SOURCES, "dist", "cli", "main.js");

/** Variables of a program. */
export type Variables = Readonly<Record<string, string>>;

/** How a program ended. */
export class Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;

  constructor(status: number | null, stdout: string, stderr: string) {
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** Demands this status. */
  endsWith(status: number): this {
    assert.equal(this.status, status, `${this.stdout}\n${this.stderr}`);
    return this;
  }

  /** Demands one line `error: …` that begins so, and one `help: …` with these words. npm says what it wants. */
  fails(error: string, help: string): this {
    const lines = this.stderr.split("\n");
    const errors = lines.filter((line) => line.startsWith("error: "));
    assert.equal(errors.length, 1, this.stderr);
    assert.ok(errors[0]?.startsWith(`error: ${error}`), this.stderr);
    const helps = lines.filter((line) => line.startsWith("help: "));
    assert.equal(helps.length, 1, this.stderr);
    assert.ok(helps[0]?.includes(help), this.stderr);
    return this;
  }

  /** The JSON lines with this reason. */
  events(reason: string): readonly Readonly<Record<string, unknown>>[] {
    const lines = this.stdout.trimEnd().split("\n").map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
    return lines.filter((line) => line["reason"] === reason);
  }
}

/** A project in a temporary folder, with a repository beside it. */
export class Desk {
  /** The script of the npm that is run, as plain npm and by `tuf-verifier`; the first on the path where there is none. */
  npmScript: string | undefined;
  readonly folder = mkdtempSync(join(tmpdir(), "tuf-cli-"));

  /** A desk that goes with the test. */
  constructor(test: TestContext) {
    test.after(() => rmSync(this.folder, { recursive: true, force: true }));
    mkdirSync(this.path("project"));
    this.write("home/.npmrc", "");
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  /** Puts a repository there, which the project trusts. */
  trust(published: Published): void {
    published.write(this.path("repository"));
    const settings = { metadataUrl: "../repository/metadata", trustedRoot: "../repository/root.json" };
    this.write("project/tuf-verifier.json", JSON.stringify(settings));
  }

  /** A project that depends on these packages, all on its first level, with what its lock file says of each besides. */
  project(packages: readonly Package[], lock: (one: Package) => Readonly<Record<string, unknown>> = pinned): void {
    const dependencies = Object.fromEntries(packages.map(({ name, version }) => [name, version]));
    const own = { name: "project", version: "1.0.0", dependencies };
    const entries = packages.map((one) => {
      // npm writes that there are scripts, and not which.
      const { scripts, ...fields } = one.fields ?? {};
      const run = scripts === undefined ? {} : { hasInstallScript: true };
      const described = { version: one.version, dependencies: one.dependencies, ...fields, ...run, ...lock(one) };
      return [`node_modules/${one.name}`, described] as const;
    });
    this.write("project/package.json", JSON.stringify({ ...own, private: true }));
    this.writeLock({ "": own, ...Object.fromEntries(entries) });
  }

  /** Writes the packages of a lock file. */
  writeLock(packages: Readonly<Record<string, unknown>>, name = "package-lock.json"): void {
    const lock = { name: "project", version: "1.0.0", lockfileVersion: 3, requires: true, packages };
    this.write(`project/${name}`, JSON.stringify(lock));
  }

  /** The word that an installed package exports; none where it is not there. */
  installed(name: string): string | undefined {
    const file = `project/node_modules/${name}/index.js`;
    return this.has(file) ? /"(.*)"/.exec(this.read(file))?.[1] : undefined;
  }

  /** Runs `tuf-verifier` in the project. It is interrupted once the promise is fulfilled, where there is one. */
  tuf(args: readonly string[], variables: Variables = {}, interruption?: Promise<unknown>): Promise<Run> {
    return this.#run(process.execPath, [PROGRAM, ...args], variables, interruption);
  }

  /** Runs plain npm in the project. */
  npm(args: readonly string[], variables: Variables = {}): Promise<Run> {
    const [program, first] = this.npmScript === undefined ? ["npm", []] : [process.execPath, [this.npmScript]];
    return this.#run(program, [...first, ...args], variables);
  }

  /** Runs a program in the project, with a home, a cache and settings of npm of its own. */
  #run(program: string, args: readonly string[], variables: Variables, interruption?: Promise<unknown>): Promise<Run> {
    const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
    const own = {
      HOME: this.path("home"),
      XDG_STATE_HOME: this.path("state"),
      XDG_CONFIG_HOME: this.path("settings"),
      XDG_CACHE_HOME: this.path("caches"),
      npm_config_userconfig: this.path("home/.npmrc"),
      npm_config_globalconfig: this.path("home/globalrc"),
      npm_config_update_notifier: "false",
      npm_config_audit: "false",
      npm_config_fetch_retries: "0",
      // As where one npm has started the program.
      ...(this.npmScript === undefined ? {} : { npm_execpath: this.npmScript }),
    };
    const env = { ...Object.fromEntries(inherited), ...own, ...variables };
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd: this.path("project"), env, stdio: ["ignore", "pipe", "pipe"] });
      void interruption?.then(() => child.kill("SIGINT"));
      let [stdout, stderr] = ["", ""];
      child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      child.once("error", reject);
      child.once("close", (status) => resolve(new Run(status, stdout, stderr)));
    });
  }
}

/** What a lock file says of a package: which bytes, and not from where. */
export function pinned(one: Package): { readonly integrity: string } {
  return { integrity: integrity(tarball(one)) };
}
