/** The module, loaded: update cycles and maps are begun here. */

import { bytes, seconds } from "./arguments.js";
import type { MirrorKind, Workflow } from "./binding.js";
import { Client } from "./client.js";
import { TargetHasher } from "./hasher.js";
import { Instance } from "./instance.js";
import { RepositoryMap } from "./map.js";
import type { LineFiles, PersistRequest } from "./records.js";
import { UpdateCycle } from "./session.js";
import { type Settings, settingsRecord } from "./settings.js";

/** What a client begins with, beside the trusted root and the time. */
export interface ClientBeginning {
  readonly settings: Settings;
  /** What kinds of sources there are, in the order in which they are asked. */
  readonly mirrors: readonly MirrorKind[];
  /** Whether it goes on for a client that was lost after its refresh at the same time. */
  readonly resumes: boolean;
}

/** Sources make requests again by themselves. */
const NO_RETRY = { count: 0, first: 0n, longest: 0n };

/** Metadata files that are asked for at the same time. */
const PARALLEL = 8;

/** The loaded module. Each client, each update cycle, each map and each hasher runs in an instance with memory of its own. */
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
   * Begins an update cycle (5.1, 5.2) from root metadata (UTF-8 JSON) that came to the caller out of band.
   *
   * @param now the fixed update start time; its fraction of a second is dropped.
   * @param computation milliseconds that the refresh, each search and each check may compute. Default: one minute. An engine
   *   cannot stop a call: one that ends past the limit is the last.
   * @throws {Refusal | Unsupported | Malformed} where the root metadata is unusable.
   */
  startUpdate(trustedRoot: Uint8Array, now: Date, settings: Settings = {}, computation?: number): UpdateCycle {
    const [root, time] = [bytes("trustedRoot", trustedRoot), seconds("now", now)];
    const instance = new Instance(this.#instantiate, computation);
    const { workflow } = instance;
    const defaults = instance.call(() => workflow.defaultSettings());
    const record = settingsRecord(defaults, settings);
    const raw = instance.call(() => workflow.UpdateCycle.start(root, time, record));
    return new UpdateCycle(instance, raw);
  }

  /**
   * Begins the refresh of a client. It throws as {@link startUpdate} does.
   *
   * @internal
   */
  startClient(trustedRoot: Uint8Array, now: Date, beginning: ClientBeginning, computation?: number): Client {
    const [root, time] = [bytes("trustedRoot", trustedRoot), seconds("now", now)];
    const instance = new Instance(this.#instantiate, computation);
    const { workflow } = instance;
    const defaults = instance.call(() => workflow.defaultSettings());
    const settings = settingsRecord(defaults, beginning.settings);
    const { resumes } = beginning;
    const mirrors = [...beginning.mirrors];
    const options = { settings, mirrors, retry: NO_RETRY, parallel: PARALLEL, seed: 0n, resumes };
    return new Client(
      instance,
      instance.call(() => workflow.Client.start(root, time, options)),
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
    const record = settingsRecord(instance.call(() => instance.workflow.defaultSettings()), settings);
    return instance.call(() => instance.workflow.lineFiles(root, record));
  }

  /**
   * The files with which the pinned root's own store begins, in the order in which they are to be written. Each sibling, a store
   * that another pinned root left, is given as its {@link lineFiles}. The first one is the store without a pinned root in its name.
   *
   * @throws {Refusal | Malformed} where the root metadata is unusable; {@link Refusal} `other-root-line` if two siblings prove
   *   different roots of one version.
   */
  seedLine(trustedRoot: Uint8Array, siblings: readonly LineFiles[], settings: Settings = {}): readonly PersistRequest[] {
    const root = bytes("trustedRoot", trustedRoot);
    const instance = new Instance(this.#instantiate);
    const record = settingsRecord(instance.call(() => instance.workflow.defaultSettings()), settings);
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
