/** What a package's own `package.json` says, as a document lists it. */

import { createHash } from "node:crypto";
import { integrityOf } from "./integrity.js";
import { isObject, type JsonObject, member } from "./json.js";
import { tarballPath } from "./layout.js";
import type { PackageName } from "./package-name.js";
import { fileOfTarball, TarError } from "./tar.js";

/** What npm needs of a version in order to choose and install it. */
const FIELDS = [
  "dependencies",
  "optionalDependencies",
  "peerDependencies",
  "peerDependenciesMeta",
  "bundleDependencies",
  "bundledDependencies",
  "directories",
  "engines",
  "os",
  "cpu",
  "libc",
];

const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

/**
 * A tarball as the version of a document. It is made of the tarball alone: what a registry says beside it need not be true of it.
 *
 * @throws {TarError} where it is no package.
 */
export async function manifestOf(name: PackageName, version: string, tarball: Uint8Array): Promise<JsonObject> {
  const bytes = await fileOfTarball(tarball, "package.json");
  const own = bytes === undefined ? undefined : parsed(bytes);
  if (!isObject(own)) {
    throw new TarError("it has no package.json that is a JSON object");
  }
  const fields = FIELDS.flatMap((field) => {
    const value = member(own, field);
    return value === undefined ? [] : [[field, value] as const];
  });
  const scripts = member(own, "scripts");
  const hasInstallScript = isObject(scripts) && INSTALL_SCRIPTS.some((script) => Object.hasOwn(scripts, script));
  const sha512 = createHash("sha512").update(tarball).digest("hex");
  return {
    name: name.full,
    version,
    ...Object.fromEntries(fields),
    ...commands(name, member(own, "bin")),
    ...(hasInstallScript ? { hasInstallScript } : {}),
    dist: { tarball: tarballPath(name, version), integrity: integrityOf(sha512) },
  };
}

/** One command has the name of its package. */
function commands(name: PackageName, bin: unknown): JsonObject {
  if (typeof bin === "string") {
    return { bin: { [name.base]: bin } };
  }
  return isObject(bin) ? { bin } : {};
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes).replace(/^\ufeff/, ""));
  } catch (cause) {
    throw new TarError("its package.json is not JSON", { cause });
  }
}
