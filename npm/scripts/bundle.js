// The package as it is published, in `build/package`: each entry is one module and a few that it shares with others, because Node takes
// half a millisecond for every file that it imports. The tests import the single files of `dist`.
//
// Usage: node scripts/bundle.js, after the compiler

import { chmod, cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const FROM = fileURLToPath(new URL("../", import.meta.url));
const TO = join(FROM, "build/package");
const TEXTS = ["README.md", "LICENSE-APACHE", "LICENSE-MIT"];
const MODULES = ["generated/component/verifier.core.wasm", "generated/web/verifier_web_bg.wasm"];

const manifest = JSON.parse(await readFile(join(FROM, "package.json"), "utf8"));
const entries = Object.values(manifest.exports).filter((conditions) => typeof conditions !== "string");
const programs = Object.values(manifest.bin);

await rm(TO, { recursive: true, force: true });
await bundle([...entries.flatMap(({ types, ...scripts }) => Object.values(scripts)), ...programs]);
for (const program of programs) {
  await chmod(join(TO, program), 0o755);
}
const types = await declarations(entries.map((conditions) => conditions.types));
for (const path of [...types, ...MODULES, ...TEXTS]) {
  await mkdir(dirname(join(TO, path)), { recursive: true });
  await cp(join(FROM, path), join(TO, path));
}
await writeFile(join(TO, "package.json"), `${JSON.stringify(published(manifest), undefined, 2)}\n`);

/** Bundles scripts. What several of them use is in modules that they share, so that a class is the same one for all. */
async function bundle(scripts) {
  await build({
    absWorkingDir: FROM,
    entryPoints: [...new Set(scripts.map((path) => join(FROM, path)))],
    outdir: join(TO, "dist"),
    outbase: join(FROM, "dist"),
    // Flat: a module finds its WebAssembly by its own place.
    chunkNames: "shared-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "neutral",
    target: "es2022",
    external: ["node:*"],
    // Names stay as they are: who looks into an error, or reviews the package, reads them.
    minifyWhitespace: true,
    legalComments: "none",
    logLevel: "warning",
  });
}

/** The declarations of these entries, and all that they refer to. */
async function declarations(paths) {
  const found = new Set(paths.map((path) => join(path)));
  for (const path of found) {
    const text = await readFile(join(FROM, path), "utf8");
    for (const [, name] of text.matchAll(/(?:from |import\()"(\.[^"]+)\.js"/g)) {
      found.add(relative(FROM, join(FROM, dirname(path), `${name}.d.ts`)));
    }
  }
  return found;
}

/** Without what only a build needs. */
function published({ private: _, imports, scripts, devDependencies, overrides, ...rest }) {
  return rest;
}
