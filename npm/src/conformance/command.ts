/** What the commands do. */

import { mkdir, open } from "node:fs/promises";
import { FolderStore } from "../node/store/folder.js";
import { Updater } from "../node/updater.js";
import type { Arguments } from "./arguments.js";

/**
 * Runs one command.
 *
 * @throws the first thing that did not succeed.
 */
export async function run({ command, ...options }: Arguments): Promise<void> {
  switch (command.name) {
    case "init":
      return init(options.metadataDir, command.trustedRoot);
    case "refresh":
      return refresh(options.metadataDir, demanded(options.metadataUrl, "--metadata-url"));
    case "download":
      return download(options);
  }
}

/** Bytes that root metadata may have by default (5.3.3). */
const ROOT_MAX_LENGTH = 512_000;

/** Writes the root metadata to the store, as it is. The first refresh judges it. */
async function init(metadataDir: string, trustedRoot: string): Promise<void> {
  const bytes = await readRoot(trustedRoot).catch((cause: unknown) => {
    throw new Error(`cannot read the trusted root ${trustedRoot}`, { cause });
  });
  const store = new FolderStore(metadataDir);
  const guard = await store.lock(() => undefined);
  try {
    await store.persist("root.json", bytes);
  } finally {
    await guard.release();
  }
}

/** Reads a file that is no longer than root metadata may be. */
async function readRoot(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const bytes = new Uint8Array(ROOT_MAX_LENGTH + 1);
    for (let length = 0; ; ) {
      const { bytesRead } = await file.read(bytes, length);
      length += bytesRead;
      if (length > ROOT_MAX_LENGTH) {
        throw new Error(`it is longer than ${ROOT_MAX_LENGTH} bytes`);
      }
      if (bytesRead === 0) {
        return bytes.subarray(0, length);
      }
    }
  } finally {
    await file.close();
  }
}

async function refresh(metadataDir: string, metadataBaseUrl: string): Promise<void> {
  await (await updater({ metadataDir, metadataBaseUrl })).refresh();
}

/** Downloads every target under one snapshot, in the order given, up to the first that fails. */
async function download(options: Omit<Arguments, "command">): Promise<void> {
  const metadataBaseUrl = demanded(options.metadataUrl, "--metadata-url");
  const targetBaseUrl = demanded(options.targetBaseUrl, "--target-base-url");
  const targetDir = demanded(options.targetDir, "--target-dir");
  demanded(options.targetNames[0], "--target-name");
  const client = await updater({ metadataDir: options.metadataDir, metadataBaseUrl, targetBaseUrl, targetDir });
  await client.refresh();
  await mkdir(targetDir, { recursive: true }).catch((cause: unknown) => {
    throw new Error(`cannot make the folder ${targetDir}`, { cause });
  });
  for (const path of options.targetNames) {
    const lookup = await client.search(path);
    if (lookup.tag === "not-found") {
      throw new Error(`no target ${JSON.stringify(path)}: ${lookup.val.message}`);
    }
    await client.downloadTarget(lookup.val);
  }
}

/** An updater of the store. Trust begins with its `root.json`. */
async function updater(options: {
  readonly metadataDir: string;
  readonly metadataBaseUrl: string;
  readonly targetBaseUrl?: string;
  readonly targetDir?: string;
}): Promise<Updater> {
  const client = new Updater(options);
  const trustedRoot = await new FolderStore(options.metadataDir).load("root.json");
  if (trustedRoot === undefined) {
    throw new Error(`${options.metadataDir} has no root.json: \`init\` comes first`);
  }
  return client;
}

/** The value of an option that the command cannot do without. */
function demanded(value: string | undefined, option: string): string {
  if (value === undefined) {
    throw new Error(`this command needs ${option}`);
  }
  return value;
}
