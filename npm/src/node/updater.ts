/** The updater under Node: its store and its targets are in folders. */

import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import { checkNames } from "../arguments.js";
import { Effects } from "../client/effects.js";
import type { Judge } from "../client/judge.js";
import { Mirrors } from "../client/mirrors.js";
import { transfer } from "../client/transfer.js";
import { ClientError, isVerdict } from "../errors.js";
import { fromConfig, type TufJsConfig } from "../config.js";
import { MemoryStore } from "../store/memory.js";
import type { Store } from "../store/store.js";
import { TargetFile } from "../target-file.js";
import {
  type CallOptions,
  httpSource,
  OPTIONS,
  Updater as CommonUpdater,
  type UpdaterOptions as CommonOptions,
} from "../updater.js";
import { judgeNatively } from "./judge.js";
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
  readonly #store: Store;

  constructor(options: UpdaterOptions) {
    checkNames(options, [...OPTIONS, ...NODE_OPTIONS]);
    const combined = fromConfig(options);
    const store = storeOf(combined);
    super(combined, store, { loadVerifier, newJudge: judgeNatively });
    this.#options = combined;
    this.#store = store;
  }

  /**
   * Fetches a target into a file and verifies it (5.7). The file appears under its name once it is verified, in a folder that is
   * there. A file that is there already and verifies is kept. A transfer that breaks off goes on where it stopped; what was
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
    const newJudge = (): Promise<Judge> => this.judge(session, target, signal);
    const effects = targetBaseUrl === undefined ? session.effects : this.#from(targetBaseUrl);
    const output = await Unfinished.create(record, to);
    try {
      const judge = await newJudge();
      await output.takeOver((chunk) => judge.write(chunk));
      const kept = judge.length > 0 ? judge : undefined;
      await transfer({ effects, target: record, output, newJudge, kept, signal });
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
    const judge = await this.judge(session, target, options.signal);
    if (!(await hashFile(judge, target.length, at))) {
      return undefined;
    }
    try {
      judge.judge();
      return at;
    } catch (error) {
      if (isVerdict(error)) {
        return undefined;
      }
      throw error;
    }
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

  #from(targetBaseUrl: string): Effects {
    const source = httpSource(this.#options, targetBaseUrl, targetBaseUrl);
    return new Effects(new Mirrors([source]), this.#store, this.#options.onProgress ?? (() => undefined));
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

/** Hashes a file of the target's length; `false` for any other. A file that cannot be read is not there. */
async function hashFile(judge: Judge, length: number, at: string): Promise<boolean> {
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
      judge.write(chunk.subarray(0, bytesRead));
      if (judge.length > length) {
        return true;
      }
    }
  } catch {
    return false;
  } finally {
    await file.close();
  }
}
