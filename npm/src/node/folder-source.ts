/** A repository in folders of this machine. */

import { open, realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";
import { text } from "../arguments.js";
import { SourceError } from "../errors.js";
import { checkName, namesInFolder, refusedName } from "../source/name.js";
import type { Resume, Source, TargetStream } from "../source/source.js";
import { codeOf } from "./replace.js";

/**
 * A repository in two folders, as a publisher writes it and a web server would serve it. They are looked at when a file is asked
 * for.
 *
 * A name is looked up as a web server does it, with its percent escapes decoded, and then as it is. Only regular files are read;
 * one that a symbolic link or `..` places outside of its folder is refused.
 */
export class FolderSource implements Source {
  readonly #metadata: string;
  readonly #targets: string;

  /** A source that reads from these two folders. */
  constructor(metadataDir: string, targetsDir: string) {
    this.#metadata = text("metadataDir", metadataDir);
    this.#targets = text("targetsDir", targetsDir);
  }

  get location(): string {
    return this.#metadata;
  }

  async metadata(name: string, maxLength: number, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    const found = await find(this.#metadata, name);
    if (found === undefined) {
      return undefined;
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of pieces(found.path, 0, maxLength + 1, signal)) {
      chunks.push(chunk);
    }
    return new Uint8Array(Buffer.concat(chunks));
  }

  async target(fetchPath: string, resume: Resume, signal?: AbortSignal): Promise<TargetStream | undefined> {
    const found = await find(this.#targets, fetchPath);
    if (found === undefined) {
      return undefined;
    }
    const start = resume.offset <= found.length ? resume.offset : 0;
    return { bytes: pieces(found.path, start, Infinity, signal), start };
  }
}

/** Bytes read at once. */
const CHUNK = 64 << 10;

/** A regular file. */
interface Found {
  readonly path: string;
  readonly length: number;
}

async function find(folder: string, name: string): Promise<Found | undefined> {
  checkName(name);
  const base = await realpath(folder).catch((cause: unknown) => {
    throw new SourceError(`${folder}: this is no folder that can be read`, "source-unusable", {
      location: folder,
      cause,
      advice: "correct this setting",
    });
  });
  for (const path of namesInFolder(name)) {
    const found = await findInside(base, path, name);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

async function findInside(base: string, path: string, name: string): Promise<Found | undefined> {
  const joined = join(base, path);
  let real: string;
  try {
    real = await realpath(joined);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(codeOf(error) ?? "")) {
      return undefined;
    }
    throw unreadable(joined, error);
  }
  if (!isInside(base, real)) {
    throw refusedName(name, "a symbolic link places it outside of the repository's folder");
  }
  try {
    // A look before the file is opened: opening a pipe would wait for its writer.
    return { path: real, length: regular(await stat(real)).size };
  } catch (error) {
    throw unreadable(real, error);
  }
}

function regular<T extends { isFile(): boolean }>(found: T): T {
  if (!found.isFile()) {
    throw new Error("this is no regular file");
  }
  return found;
}

function isInside(base: string, path: string): boolean {
  const way = relative(base, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

/** The bytes of a file from this place on, so many at most. @throws {SourceError} `source-unreadable`. */
async function* pieces(
  path: string,
  start: number,
  most: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const failing = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw unreadable(path, error);
    });
  const file = await failing(open(path, "r"));
  try {
    for (let place = start; place < start + most; ) {
      signal?.throwIfAborted();
      const chunk = new Uint8Array(Math.min(CHUNK, start + most - place));
      const { bytesRead } = await failing(file.read(chunk, 0, chunk.length, place));
      if (bytesRead === 0) {
        return;
      }
      yield chunk.subarray(0, bytesRead);
      place += bytesRead;
    }
  } finally {
    await file.close();
  }
}

function unreadable(location: string, cause: unknown): SourceError {
  return new SourceError(`cannot read ${location}`, "source-unreadable", {
    location,
    cause,
    advice: "check the network or the file's permissions, then try again",
  });
}
