/** The package as its users get it: packed, and installed into an empty project by npm. */

import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** The folder of the package's sources. */
export const SOURCES = fileURLToPath(new URL("../../../", import.meta.url));

/** The folder of the package as it is published. */
export const PUBLISHED = join(SOURCES, "build/package");

/** A part of what `exports` says of one entry. */
export interface Conditions {
  readonly types: string;
  readonly node?: string;
  readonly default: string;
}

/** The package's own description. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, Conditions | string>>;
  readonly bin: Readonly<Record<string, string>>;
}

/** What `npm pack` says of the package. */
export interface Packed {
  readonly filename: string;
  /** Bytes of the archive. */
  readonly size: number;
  /** Bytes of the files in it. */
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

/** A project in a temporary folder that has the package and nothing else. */
export class Project {
  readonly folder: string;
  readonly packed: Packed;

  private constructor(folder: string, packed: Packed) {
    this.folder = folder;
    this.packed = packed;
  }

  /** Packs and installs the package. No registry is asked, and no cache of this machine. */
  static async create(): Promise<Project> {
    const folder = mkdtempSync(join(tmpdir(), "tuf-package-"));
    try {
      const [packed] = JSON.parse(await npm(folder, PUBLISHED, "pack", "--json", "--pack-destination", folder)) as Packed[];
      if (packed === undefined) {
        throw new Error("npm packed nothing");
      }
      const project = new Project(folder, packed);
      project.write("package.json", JSON.stringify({ name: "empty", version: "1.0.0", private: true }));
      await npm(folder, folder, "install", "--offline", "--no-audit", "--no-fund", `./${packed.filename}`);
      return project;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** The package's own description, as installed. */
  get manifest(): Manifest {
    return JSON.parse(this.read("node_modules/tuf-verifier/package.json")) as Manifest;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }

  write(name: string, content: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  /** Runs Node in the project, and returns what it prints. @throws {Error} where it fails. */
  node(...args: readonly string[]): Promise<string> {
    return run(process.execPath, args, this.folder);
  }

  /** Runs a program that the package installed. */
  program(name: string, ...args: readonly string[]): Promise<string> {
    return run(this.path(`node_modules/.bin/${name}`), args, this.folder);
  }

  /** Runs the TypeScript compiler over the project's files. */
  async compile(options: Readonly<Record<string, unknown>>, files: readonly string[]): Promise<void> {
    this.write("tsconfig.json", JSON.stringify({ compilerOptions: options, files }));
    await run(process.execPath, [join(SOURCES, "node_modules/typescript/bin/tsc"), "-p", this.folder], this.folder);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Runs npm with the settings and the cache of this folder alone. */
function npm(own: string, cwd: string, ...args: readonly string[]): Promise<string> {
  const settings = ["--cache", join(own, "npm-cache"), "--userconfig", join(own, "npmrc"), "--no-update-notifier"];
  return run("npm", [...args, "--ignore-scripts", ...settings], cwd);
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  // What the runner of the tests tells its own processes is not for these.
  const { NODE_OPTIONS, NODE_TEST_CONTEXT, NODE_V8_COVERAGE, ...env } = process.env;
  try {
    return (await promisify(execFile)(program, args, { cwd, env })).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} failed: ${stdout ?? ""}${stderr ?? ""}`, { cause: error });
  }
}
