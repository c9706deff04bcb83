/** A repository in memory, with keys of its own: what it publishes next is up to the test. */

import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Resume, Source, TargetStream } from "tuf-verifier";

/** A day, in milliseconds. */
export const DAY = 86_400_000;

/** When the tests' repositories are current. */
export const NOW = new Date("2030-01-01T00:00:00Z");

/** A signing key. */
export interface Key {
  readonly keyid: string;
  readonly description: Json;
  readonly secret: KeyObject;
}

/** JSON without fractions. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** A new ed25519 key. */
export function newKey(): Key {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const hex = publicKey.export({ format: "der", type: "spki" }).subarray(-32).toString("hex");
  const description = { keytype: "ed25519", scheme: "ed25519", keyval: { public: hex } };
  const keyid = createHash("sha256").update(canonical(description)).digest("hex");
  return { keyid, description, secret: privateKey };
}

/** Canonical JSON of ASCII text. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) {
    return `[${value.map(canonical).join(",")}]`;
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value as { readonly [name: string]: Json });
    const sorted = entries.sort(([one], [other]) => (one < other ? -1 : 1));
    return `{${sorted.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** A delegated role as its delegator lists it. */
export interface Delegation {
  readonly name: string;
  readonly paths: readonly string[];
  readonly terminating?: boolean;
  readonly key: Key;
}

type TopLevel = "root" | "timestamp" | "snapshot" | "targets";

/** What a repository has published, and the keys to publish more. Consistent snapshots are on. */
export class Repository {
  /** Published metadata files by name. */
  readonly metadata = new Map<string, Uint8Array>();
  /** Published target files by path. */
  readonly targets = new Map<string, Uint8Array>();
  readonly keys: Record<TopLevel, Key> = { root: newKey(), timestamp: newKey(), snapshot: newKey(), targets: newKey() };
  readonly versions: Record<string, number> = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
  /** Target files of each role by path. */
  readonly listed: Record<string, Map<string, Uint8Array>> = { targets: new Map() };
  readonly delegations: Delegation[] = [];
  expires = new Date(NOW.getTime() + DAY);
  /** Algorithms listed beside SHA-256. */
  otherHashes: readonly string[] = [];

  /** A repository with its first root, and nothing in it. */
  constructor() {
    this.publishRoot();
    this.publish();
  }

  /** The root metadata that devices are shipped with. */
  get trustedRoot(): Uint8Array {
    return this.file("1.root.json");
  }

  /** A published metadata file. */
  file(name: string): Uint8Array {
    const bytes = this.metadata.get(name);
    if (bytes === undefined) {
      throw new Error(`there is no ${name}`);
    }
    return bytes;
  }

  /** Lists a target file; it is published with the next `publish`. */
  add(path: string, content: string | Uint8Array, role = "targets"): void {
    (this.listed[role] ??= new Map()).set(path, typeof content === "string" ? Buffer.from(content) : content);
  }

  /** Publishes the next root, signed by these keys. */
  publishRoot(signers: readonly Key[] = [this.keys.root]): void {
    const keys = Object.fromEntries(Object.values(this.keys).map((key) => [key.keyid, key.description]));
    const roles = Object.fromEntries(
      Object.entries(this.keys).map(([role, key]) => [role, { keyids: [key.keyid], threshold: 1 }]),
    );
    this.#write("root", { consistent_snapshot: true, keys, roles }, signers);
  }

  /** Publishes targets, delegated roles, snapshot and timestamp. */
  publish(): void {
    const roles = this.delegations.map(({ name, paths, terminating, key }) => ({
      name,
      paths,
      terminating: terminating ?? false,
      keyids: [key.keyid],
      threshold: 1,
    }));
    const keys = Object.fromEntries(this.delegations.map(({ key }) => [key.keyid, key.description]));
    for (const { name, key } of this.delegations) {
      this.#write(name, { targets: this.#entries(name) }, [key]);
    }
    this.#write("targets", { targets: this.#entries("targets"), delegations: { keys, roles } }, [this.keys.targets]);
    const names = ["targets", ...this.delegations.map(({ name }) => name)];
    const meta = Object.fromEntries(names.map((name) => [`${name}.json`, { version: this.versions[name] ?? 0 }]));
    this.#write("snapshot", { meta }, [this.keys.snapshot]);
    this.publishTimestamp();
  }

  /** Publishes the next timestamp. */
  publishTimestamp(): void {
    const meta = { "snapshot.json": { version: this.versions["snapshot"] ?? 0 } };
    this.#write("timestamp", { meta }, [this.keys.timestamp]);
  }

  #entries(role: string): Json {
    const entries = [...(this.listed[role] ?? [])].map(([path, bytes]) => {
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      const [, folder = "", name = path] = /^(.*\/)?([^/]*)$/.exec(path) ?? [];
      this.targets.set(`${folder}${sha256}.${name}`, bytes);
      const others = this.otherHashes.map((algorithm) => [algorithm, createHash(algorithm).update(bytes).digest("hex")]);
      return [path, { length: bytes.length, hashes: { sha256, ...Object.fromEntries(others) } }];
    });
    return Object.fromEntries(entries) as Json;
  }

  #write(role: string, fields: { readonly [name: string]: Json }, signers: readonly Key[]): void {
    const version = (this.versions[role] ?? 0) + 1;
    this.versions[role] = version;
    const type = ["root", "timestamp", "snapshot"].includes(role) ? role : "targets";
    const expires = this.expires.toISOString().replace(/\.\d{3}/, "");
    const signed = { _type: type, spec_version: "1.0.34", version, expires, ...fields };
    const message = Buffer.from(canonical(signed));
    const signatures = signers.map((key) => ({ keyid: key.keyid, sig: sign(null, message, key.secret).toString("hex") }));
    const name = role === "timestamp" ? "timestamp.json" : `${version}.${role}.json`;
    this.metadata.set(name, Buffer.from(JSON.stringify({ signatures, signed })));
  }
}

/** A source of what a repository has published; a test changes the files, or has some of them fail. */
export class RepositorySource implements Source {
  readonly location: string | undefined;
  readonly isBundle: boolean;
  /** Files by name, as this mirror has them. */
  readonly metadataFiles: Map<string, Uint8Array>;
  readonly targetFiles: Map<string, Uint8Array>;
  /** What is thrown instead of an answer, by file name. */
  readonly failures = new Map<string, Error>();
  /** Names of the files asked for, in order. */
  readonly asked: string[] = [];

  constructor(repository: Repository, location?: string, isBundle = false) {
    this.location = location;
    this.isBundle = isBundle;
    this.metadataFiles = new Map(repository.metadata);
    this.targetFiles = new Map(repository.targets);
  }

  async metadata(name: string, maxLength: number): Promise<Uint8Array | undefined> {
    this.#ask(name);
    return this.metadataFiles.get(name)?.subarray(0, maxLength + 1);
  }

  async target(fetchPath: string, resume: Resume): Promise<TargetStream | undefined> {
    this.#ask(fetchPath);
    const bytes = this.targetFiles.get(fetchPath);
    return bytes === undefined ? undefined : { bytes: pieces(bytes.subarray(resume.offset)), start: resume.offset };
  }

  #ask(name: string): void {
    this.asked.push(name);
    const failure = this.failures.get(name);
    if (failure !== undefined) {
      throw failure;
    }
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = 0; offset < bytes.length; offset += 1000) {
    yield bytes.subarray(offset, offset + 1000);
  }
}
