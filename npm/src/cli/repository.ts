/** The repository of a configuration, ready to be asked. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BundleSource } from "../node/bundle-source.js";
import { FolderSource } from "../node/folder-source.js";
import { loadVerifier } from "../node/load.js";
import { readRegular } from "../node/regular-file.js";
import { FolderStore } from "../node/store/folder.js";
import { refreshLine } from "../node/store/lines.js";
import { Updater } from "../node/updater.js";
import type { Progress } from "../client/progress.js";
import type { Report, RoleState } from "../records.js";
import type { Settings } from "../settings.js";
import { HttpSource } from "../node/http-source.js";
import type { Source } from "../source/source.js";
import { type Config, withoutCredentials } from "./config.js";
import { ExitStatus } from "./exit-status.js";
import { Failure, usage } from "./failure.js";
import { RecordingStore } from "./recording-store.js";
import type { Shell } from "./shell.js";
import { formsInWords, isForm } from "./waivers.js";

/** Most bytes of the file of the trusted root. The verifier's own limit is beneath. */
const MAX_ROOT = 16 << 20;

/** A refreshed repository. */
export interface Repository {
  readonly updater: Updater;
  readonly report: Report;
  /** Every metadata file of the trusted store that was read or written in this run. */
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}

/**
 * Refreshes the trusted metadata and says what is trusted.
 *
 * @throws as `Updater.refresh` does; {@link Failure} where the trusted root cannot be read.
 */
export async function openRepository(config: Config, shell: Shell, signal: AbortSignal): Promise<Repository> {
  const trustedRoot = await readRoot(config.trustedRoot);
  const sources = await openSources(config);
  shell.status(`Updating TUF repository ${place(config)} (trusted root: ${config.trustedRoot})`);
  const settings: Settings = {
    access: config.offline ? "store" : config.bundle === undefined ? "repository" : "bundle",
    freshFor: config.freshFor,
    ...(config.maxTargetLength === undefined ? {} : { targetFileMaxLength: config.maxTargetLength }),
    profile: config.profile,
    replaceRootLine: config.replaceRootLine,
  };
  const onProgress = (progress: Progress): void => draw(progress, shell);
  const refresh = async (folder: string): Promise<Repository> => {
    const store = new RecordingStore(new FolderStore(folder));
    const updater = new Updater({ trustedRoot, sources, store, settings, onProgress });
    await updater.refresh({ signal });
    const { report } = updater;
    if (report === undefined) {
      throw new Error("a refresh without a report");
    }
    return { updater, report, metadata: store.metadata };
  };
  const repository = config.storeIsNamed
    ? await refresh(config.store)
    : await refreshLine(config.store, { verifier: await loadVerifier(), trustedRoot, settings }, refresh);
  tell(repository.report, config, shell);
  return repository;
}

/** A time of metadata, in seconds since 1970, as the specification writes it. */
export function inWords(time: bigint): string {
  const seconds = Number(time);
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${time} s` : date.toISOString().replace(/\.\d+Z$/, "Z");
}

/** What is told about one trusted file. */
export function roleFacts(role: RoleState): Readonly<Record<string, unknown>> {
  return { version: role.version, expires: inWords(role.expires) };
}

async function readRoot(path: string): Promise<Uint8Array> {
  try {
    return (await readRegular(path, MAX_ROOT)).bytes;
  } catch (cause) {
    throw new Failure(
      {
        message: `cannot read the trusted root ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
        code: "no-trusted-root",
        status: ExitStatus.usage,
        help: "check --trusted-root or trustedRoot; the file is root.json, as the repository's publisher gives it out",
      },
      { cause },
    );
  }
}

async function openSources(config: Config): Promise<readonly Source[]> {
  if (config.offline) {
    return [];
  }
  if (config.bundle !== undefined) {
    return [await BundleSource.open(config.bundle)];
  }
  return config.metadataUrl.map((metadata, index) => source(metadata, config.targetsUrl?.[index]));
}

function source(metadata: string, targets: string | undefined): Source {
  if (/^https?:/i.test(metadata)) {
    return new HttpSource(metadata, targets ?? new URL("../targets/", withSlash(metadata)).href);
  }
  const folder = folderOf(metadata);
  return new FolderSource(folder, targets === undefined ? join(folder, "..", "targets") : folderOf(targets));
}

function folderOf(place: string): string {
  if (/^file:/i.test(place)) {
    return fileURLToPath(place);
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(place)) {
    throw usage(`${withoutCredentials(place)} is neither an http, https or file URL nor a folder`);
  }
  return place;
}

function withSlash(url: string): string {
  return url.endsWith("/") ? url : `${url}/`;
}

function place(config: Config): string {
  const [url] = config.metadataUrl;
  const shown = url === undefined ? "" : withoutCredentials(url);
  return config.bundle === undefined || config.offline ? shown : config.bundle;
}

function draw(progress: Progress, shell: Shell): void {
  switch (progress.tag) {
    case "waiting-for-lock":
      return shell.status("Waiting for another process that refreshes the trusted store");
    case "fetching":
      return shell.progress(`Fetching ${progress.name}`);
    case "target-bytes":
      return shell.progress(`Fetching ${progress.path}: ${progress.received} of ${progress.length} bytes`);
    default:
      return undefined;
  }
}

function tell(report: Report, config: Config, shell: Shell): void {
  const { root, timestamp, snapshot, targets } = report;
  const until = [root, timestamp, snapshot, targets].reduce((first, role) => (role.expires < first ? role.expires : first), root.expires);
  shell.status(
    `Verified metadata (root ${root.version}, timestamp ${timestamp.version}), current until ${inWords(until)}`,
  );
  shell.emit("tuf-refreshed", {
    repository: place(config),
    root: roleFacts(root),
    timestamp: roleFacts(timestamp),
    snapshot: roleFacts(snapshot),
    targets: roleFacts(targets),
    unchanged: report.timestampUnchanged,
  });
  for (const { name, why } of report.notices) {
    shell.warning(`${name} of the trusted store was not used: ${why.message}`);
    shell.emit("tuf-notice", { file: name, code: why.code, message: why.message });
  }
  const forms = formsInWords(report.waived);
  if (forms !== undefined) {
    shell.status(`Note: ${forms}`);
  }
  for (const waiver of report.waived) {
    const { code, message } = waiver;
    if (!isForm(waiver)) {
      shell.status(`Waived: ${message}`);
    }
    shell.emit("tuf-waived", { code, message });
  }
}
