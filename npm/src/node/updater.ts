/** The updater under Node: its store and its targets are in folders. */

import { mkdir, open, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkNames } from "../arguments.js";
import type { Hasher } from "../client/hasher.js";
import { Received } from "../client/reception.js";
import type { Session } from "../client/session.js";
import { ClientError, isVerdict } from "../errors.js";
import { fromConfig, type TufJsConfig } from "../config.js";
import type { Target } from "../records.js";
import { MemoryStore } from "../store/memory.js";
import type { Store } from "../store/store.js";
import { TargetFile } from "../target-file.js";
import {
  type CallOptions,
  httpOptions,
  type NewSource,
  OPTIONS,
  Updater as CommonUpdater,
  type UpdaterOptions as CommonOptions,
} from "../updater.js";
import { newHasher } from "./hasher.js";
import { HttpSource } from "./http-source.js";
import { loadVerifier } from "./load.js";
import { FolderStore } from "./store/folder.js";
import { fileName } from "./target-name.js";
import { Unfinished } from "./unfinished.js";

/** Bytes read and hashed at once. */
const CHUNK = 64 << 10;

/** What an updater begins with under Node. */
export interface UpdaterOptions extends CommonOptions {
  /** Folder of the trusted store, which other processes may use at the same time. Default: nothing is kept. */
  readonly metadataDir?: string;
  /** Folder in which targets are by default. */
  readonly targetDir?: string;
  /** Whether the trusted store is used without asking the repository for as long as nothing in it has expired: the largest
   * `settings.freshFor`. The report says so. */
  readonly forceCache?: boolean;
  /** Settings by the names that tuf-js has for them. */
  readonly config?: TufJsConfig;
}

const NODE_OPTIONS = [
  "metadataDir",
  "targetDir",
  "forceCache",
  "config",
] as const satisfies readonly (keyof UpdaterOptions)[];

/** The client of one repository. */
export class Updater extends CommonUpdater {
  readonly #options: UpdaterOptions;
  /** The session of the last downloads from elsewhere, so that they are all under one snapshot. */
  #elsewhere: { readonly baseUrl: string; readonly session: Session } | undefined;

  constructor(options: UpdaterOptions) {
    checkNames(options, [...OPTIONS, ...NODE_OPTIONS]);
    const combined = fromConfig(options);
    const newSource: NewSource = (...beginning) => new HttpSource(...beginning);
    super(combined, storeOf(combined), { loadVerifier, newHasher, newSource });
    this.#options = combined;
  }

  /**
   * Fetches a target into a file and verifies it (5.7). The file appears under its name once it is verified, in `targetDir`,
   * which is made if it is not there, or in a folder that is there. A file that is there already and verifies is kept. A transfer that breaks off goes on where it stopped; what was
   * received of one that failed stays beside the file, and the next download goes on behind it.
   *
   * @param filePath where the file is to be. Default: in `targetDir`, under a name made of the target path.
   * @param targetBaseUrl where the target is fetched from this time.
   * @returns the path of the file.
   * @throws {Refusal} where the bytes are not the target's; otherwise what kept the updater from a verdict.
   */
  async downloadTarget(
    target: TargetFile,
    filePath?: string,
    targetBaseUrl?: string,
    options: CallOptions = {},
  ): Promise<string> {
    const { signal } = options;
    const to = this.#place(target, filePath);
    if ((await this.findCachedTarget(target, to, options)) !== undefined) {
      return to;
    }
    const record = TargetFile.record(target);
    const session = await this.session(signal);
    const from = targetBaseUrl === undefined ? session : this.#withTargetsFrom(targetBaseUrl, session);
    if (filePath === undefined) {
      // What keeps it from being made keeps the file from being written, too.
      await mkdir(dirname(to), { recursive: true }).catch(() => undefined);
    }
    const output = await Unfinished.create(record, to);
    try {
      const hasher = newHasher(record);
      await output.takeOver((chunk) => hasher.write(chunk));
      await from.receive(new Received(record, output, () => newHasher(record), hasher), signal);
    } catch (error) {
      // A full disk is not made fuller.
      const isFull = error instanceof ClientError && error.code === "output-unwritable";
      await (isFull ? output.discard() : output.keep());
      throw error;
    }
    await output.finish();
    return to;
  }

  /**
   * The path of the target's file where it is there and verifies, else `undefined`. Nothing is fetched.
   *
   * @throws {SandboxError} where there is no verdict.
   */
  async findCachedTarget(target: TargetFile, filePath?: string, options: CallOptions = {}): Promise<string | undefined> {
    const at = this.#place(target, filePath);
    const session = await this.session(options.signal);
    const record = TargetFile.record(target);
    await session.know(record, options.signal);
    const hasher = newHasher(record);
    if (!(await hashFile(hasher, target.length, at))) {
      return undefined;
    }
    return (await hasVerified(session, record, hasher, options.signal)) ? at : undefined;
  }

  /**
   * Whether bytes are those of a target. Nothing is fetched.
   *
   * @internal
   * @throws {SandboxError} where there is no verdict.
   */
  async isTarget(target: TargetFile, bytes: Uint8Array, options: CallOptions = {}): Promise<boolean> {
    const session = await this.session(options.signal);
    const record = TargetFile.record(target);
    await session.know(record, options.signal);
    const hasher = newHasher(record);
    hasher.write(bytes);
    return hasVerified(session, record, hasher, options.signal);
  }

  #place(target: TargetFile, filePath: string | undefined): string {
    const { path } = TargetFile.record(target);
    if (filePath !== undefined) {
      return filePath;
    }
    if (this.#options.targetDir === undefined) {
      throw new TypeError("either filePath or targetDir is given");
    }
    return join(this.#options.targetDir, fileName(path));
  }

  #withTargetsFrom(targetBaseUrl: string, session: Session): Session {
    if (this.#elsewhere?.baseUrl !== targetBaseUrl) {
      const source = new HttpSource(targetBaseUrl, targetBaseUrl, httpOptions(this.#options));
      this.#elsewhere = { baseUrl: targetBaseUrl, session: session.withTargetsFrom(source) };
    }
    return this.#elsewhere.session;
  }
}

function storeOf(options: UpdaterOptions): Store {
  if (options.store === undefined) {
    return options.metadataDir === undefined ? new MemoryStore() : new FolderStore(options.metadataDir);
  }
  if (options.metadataDir !== undefined) {
    throw new TypeError("either store or metadataDir is given, not both");
  }
  return options.store;
}

/** The verdict on what was hashed. @throws {SandboxError} where there is none. */
async function hasVerified(session: Session, record: Target, hasher: Hasher, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await session.check(record, hasher.atHand(), signal);
    return true;
  } catch (error) {
    if (isVerdict(error)) {
      return false;
    }
    throw error;
  }
}

/** Hashes a file of the target's length; `false` for any other. A file that cannot be read is not there. */
async function hashFile(hasher: Hasher, length: number, at: string): Promise<boolean> {
  // Asked before it is opened: opening a named pipe would wait for a writer.
  const there = await stat(at).catch(() => undefined);
  if (there === undefined || !there.isFile() || there.size !== length) {
    return false;
  }
  const file = await open(at).catch(() => undefined);
  if (file === undefined) {
    return false;
  }
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(chunk);
      if (bytesRead === 0) {
        return true;
      }
      hasher.write(chunk.subarray(0, bytesRead));
      if (hasher.length > length) {
        return true;
      }
    }
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
