/** The module, loaded: clients and maps are begun here. */

import { bytes, seconds } from "./arguments.js";
import type { MirrorRecord, SettingsRecord, Workflow } from "./binding.js";
import { Client } from "./client.js";
import { TargetHasher } from "./hasher.js";
import { Instance } from "./instance.js";
import { RepositoryMap } from "./map.js";
import type { LineFiles, StoreFile } from "./records.js";
import { type Settings, settingsRecord } from "./settings.js";

/** What a client begins with, beside the trusted root and the time. */
export interface ClientBeginning {
  readonly settings: Settings;
  /** The sources, in the order in which they are asked. */
  readonly mirrors: readonly MirrorRecord[];
  /** Whether it goes on for a client that was lost after its refresh at the same time. */
  readonly resumes: boolean;
}

/** Metadata files that are asked for at the same time. */
const PARALLEL = 32;

/** The loaded module. Each client, each map and each hasher runs in an instance with memory of its own. */
export class Verifier {
  /** SHA-256 of the module, lower-case hexadecimal. */
  readonly digest: string;
  readonly #instantiate: () => Workflow;

  /** @internal */
  constructor(digest: string, instantiate: () => Workflow) {
    this.digest = digest;
    this.#instantiate = instantiate;
  }

  /**
   * Begins the refresh of a client (5.1, 5.2) from root metadata (UTF-8 JSON) that came to the caller out of band.
   *
   * @internal
   * @param now the fixed update start time; its fraction of a second is dropped.
   * @param computation milliseconds that the refresh, each search and each check may compute. Default: one minute. An engine
   *   cannot stop a call: one that ends past the limit is the last.
   * @throws {Refusal | Unsupported | Malformed} where the root metadata is unusable.
   */
  startClient(trustedRoot: Uint8Array, now: Date, beginning: ClientBeginning, computation?: number): Client {
    const [root, time] = [bytes("trustedRoot", trustedRoot), seconds("now", now)];
    const instance = new Instance(this.#instantiate, computation);
    const { mirrors, resumes } = beginning;
    const settings = settingsOf(instance, beginning.settings);
    const seed = BigInt(Math.floor(Math.random() * Number.MAX_SAFE_INTEGER));
    const options = { settings, mirrors, parallel: PARALLEL, seed, resumes };
    return new Client(
      instance,
      instance.call(() => instance.workflow.Client.start(root, time, options)),
    );
  }

  /**
   * Begins to hash by each of these algorithms, as metadata names them. Those that are not supported are left out.
   *
   * @internal
   */
  startHasher(algorithms: readonly string[]): TargetHasher {
    const instance = new Instance(this.#instantiate);
    return new TargetHasher(
      instance,
      instance.call(() => instance.workflow.Hasher.start([...algorithms])),
    );
  }

  /**
   * Names of the files of a store that {@link seedLine} is to be given, in this order.
   *
   * @throws {Refusal | Malformed} where the root metadata is unusable.
   */
  lineFiles(trustedRoot: Uint8Array, settings: Settings = {}): readonly string[] {
    const root = bytes("trustedRoot", trustedRoot);
    const instance = new Instance(this.#instantiate);
    const record = settingsOf(instance, settings);
    return instance.call(() => instance.workflow.lineFiles(root, record));
  }

  /**
   * The files with which the pinned root's own store begins, in the order in which they are to be written. Each sibling, a store
   * that another pinned root left, is given as its {@link lineFiles}. The first one is the store without a pinned root in its name.
   *
   * @throws {Refusal | Malformed} where the root metadata is unusable; {@link Refusal} `other-root-line` if two siblings prove
   *   different roots of one version.
   */
  seedLine(trustedRoot: Uint8Array, siblings: readonly LineFiles[], settings: Settings = {}): readonly StoreFile[] {
    const root = bytes("trustedRoot", trustedRoot);
    const instance = new Instance(this.#instantiate);
    const record = settingsOf(instance, settings);
    const files = siblings.map((sibling) => [...sibling]);
    return instance.call(() => instance.workflow.seedLine(root, record, files));
  }

  /**
   * Reads a map file (UTF-8 JSON, TAP 4), which is trusted like root metadata and comes out of band as that does.
   *
   * @throws {Malformed} where it is none.
   */
  parseMap(file: Uint8Array): RepositoryMap {
    const map = bytes("file", file);
    const instance = new Instance(this.#instantiate);
    return new RepositoryMap(
      instance,
      instance.call(() => instance.workflow.RepositoryMap.parse(map)),
    );
  }
}

/** The module's defaults, with what differs from them. */
function settingsOf(instance: Instance, settings: Settings): SettingsRecord {
  return settingsRecord(instance.call(() => instance.workflow.defaultSettings()), settings);
}
