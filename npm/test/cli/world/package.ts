/** Small packages, and their tarballs. */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";

/** A package of one module. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** What its module exports. */
  readonly word: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  /** Other fields of its `package.json`. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Other files in it. */
  readonly files?: Readonly<Record<string, string>>;
}

/** The text of the package's `package.json`. */
export function packageJson({ name, version, dependencies, fields }: Package): string {
  return JSON.stringify({ name, version, main: "index.js", dependencies: dependencies ?? {}, ...fields });
}

/** The same package gives the same bytes. */
export function tarball(one: Package): Buffer {
  const files = { "package.json": packageJson(one), "index.js": `module.exports = ${JSON.stringify(one.word)};\n`, ...one.files };
  const parts = Object.entries(files).flatMap(([path, text]) => tarEntry(`package/${path}`, Buffer.from(text)));
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(1024)]));
}

/** The integrity text of bytes. */
export function integrity(bytes: Uint8Array): string {
  return `sha512-${createHash("sha512").update(bytes).digest("base64")}`;
}

/** The document of a package as a registry has it: these versions, the last one as `latest`. */
export function document(versions: readonly Package[], address: (one: Package) => string): unknown {
  const last = versions.at(-1);
  const entries = versions.map((one) => {
    const dist = { tarball: address(one), integrity: integrity(tarball(one)) };
    return [one.version, { name: one.name, version: one.version, dependencies: one.dependencies ?? {}, dist }];
  });
  return { name: last?.name, "dist-tags": { latest: last?.version }, versions: Object.fromEntries(entries) as unknown };
}

/** One file of a ustar archive. */
export function tarEntry(path: string, bytes: Buffer, kind = "0"): Buffer[] {
  const header = Buffer.alloc(512);
  header.write(path, 0, 100);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write(kind, 156);
  header.write("ustar\u000000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)];
}
