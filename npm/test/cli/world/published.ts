/** Packages in a signed repository, as folders. */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { newKey, Repository } from "../../repository.js";
import { document, type Package, tarball } from "./package.js";

/** A time that no test run sees. */
const FAR = new Date("2100-01-01T00:00:00Z");

const PATTERNS = ["npm/*/document.json", "npm/*/*/document.json", "npm/*/-/*", "npm/*/*/-/*"];

/** The target path of a package's tarball. */
export function tarballPath({ name, version }: Package): string {
  return `npm/${name}/-/${name.split("/").at(-1) ?? ""}-${version}.tgz`;
}

/** A signed repository of packages. The role `npm` lists them. */
export class Published {
  readonly repository = new Repository();
  readonly #versions = new Map<string, Package[]>();

  constructor(packages: readonly Package[]) {
    this.repository.expires = FAR;
    this.repository.otherHashes = ["sha512"];
    this.repository.delegations.push({ name: "npm", paths: PATTERNS, terminating: true, key: newKey() });
    // The roots and files before now expire earlier.
    this.repository.metadata.clear();
    this.repository.targets.clear();
    this.repository.versions["root"] = 0;
    this.repository.publishRoot();
    packages.forEach((one) => this.add(one));
    this.repository.publish();
  }

  /** Lists a package; it is published with the next `repository.publish()`. */
  add(one: Package): void {
    const versions = [...(this.#versions.get(one.name) ?? []), one];
    this.#versions.set(one.name, versions);
    this.repository.add(tarballPath(one), tarball(one), "npm");
    this.signDocument(one.name, document(versions, tarballPath));
  }

  /** Lists any JSON as the document of a package. */
  signDocument(name: string, content: unknown): void {
    this.repository.add(`npm/${name}/document.json`, JSON.stringify(content), "npm");
  }

  /** Changes the published files whose path ends so, without signing them. */
  tamper(ending: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void {
    const paths = [...this.repository.targets.keys()].filter((path) => path.endsWith(ending));
    if (paths.length === 0) {
      throw new Error(`there is no file that ends in ${ending}`);
    }
    for (const path of paths) {
      const bytes = change(this.repository.targets.get(path) ?? new Uint8Array());
      this.repository.targets.delete(path);
      if (bytes !== undefined) {
        this.repository.targets.set(path, bytes);
      }
    }
  }

  /** Writes `metadata/`, `targets/` and `root.json` into a folder, in place of what is there. */
  write(folder: string): void {
    for (const [part, files] of [["metadata", this.repository.metadata], ["targets", this.repository.targets]] as const) {
      rmSync(join(folder, part), { recursive: true, force: true });
      mkdirSync(join(folder, part), { recursive: true });
      for (const [name, bytes] of files) {
        const path = join(folder, part, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, bytes);
      }
    }
    writeFileSync(join(folder, "root.json"), this.repository.trustedRoot);
  }
}
