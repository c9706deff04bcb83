// The component becomes the files of `generated/component`: its core module, byte for byte, and the JavaScript that calls it. The
// types come from the contract in `wasm/wit`, which has the documentation.
//
// Usage: node scripts/transpile.js COMPONENT CORE-MODULE
//
// CORE-MODULE is the module that the native hosts run; anything else is an error.

import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { generateHostTypes, transpileBytes } from "@bytecodealliance/jco-transpile";
import { _addPreopen } from "@bytecodealliance/preview2-shim/filesystem";

const MODULE = "verifier.core.wasm";
const FOLDER = fileURLToPath(new URL("../generated/component/", import.meta.url));
const CONTRACT = fileURLToPath(new URL("../../wasm/wit/", import.meta.url));

const [componentPath, modulePath] = process.argv.slice(2);
if (componentPath === undefined || modulePath === undefined) {
  throw new Error("usage: node scripts/transpile.js COMPONENT CORE-MODULE");
}

const { files } = await transpileBytes(await readFile(componentPath), {
  name: "verifier",
  instantiation: "sync",
  base64Cutoff: 0,
  nodejsCompat: false,
  tlaCompat: false,
  minify: true,
});
const module = files[MODULE];
if (!Buffer.from(await readFile(modulePath)).equals(Buffer.from(module))) {
  throw new Error(`the component's module is not ${modulePath}`);
}

const shims = Object.entries(files)
  .filter(([name]) => name.endsWith(".wasm") && name !== MODULE)
  .map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]);
const digest = createHash("sha256").update(module).digest("hex");

await rm(FOLDER, { recursive: true, force: true });
await mkdir(FOLDER, { recursive: true });
// The directive is for tools that know components; bundlers warn of it.
const calling = Buffer.from(files["verifier.js"]).toString().replace(/^"use components";/, "");
await write("verifier.js", withoutPromises(calling));
await write("verifier.d.ts", types());
await write("types.d.ts", await recordTypes());
await write("workflow.d.ts", text(files["interfaces/tuf-verifier-workflow.d.ts"]).replaceAll("./tuf-verifier-types.js", "./types.js"));
await write("modules.js", `export const digest = "${digest}";\nexport const shims = ${JSON.stringify(Object.fromEntries(shims))};\n`);
await write("modules.d.ts", "export declare const digest: string;\nexport declare const shims: Readonly<Record<string, string>>;\n");
await write(MODULE, module);
console.log(`${MODULE}: ${module.length} bytes, sha256 ${digest}`);

/**
 * The calling code without its attempts to make promises of exports, which it throws away. Where `WebAssembly.promising` is not
 * there, each attempt throws, and V8 parses the function around it again for the words of the error: a millisecond each, for
 * every instance.
 */
function withoutPromises(code) {
  const attempt = /try\{WebAssembly\.promising\((?<call>\w+(?:\.\w+|\[`[^`]*`\]))\)\}catch\{\k<call>\}/g;
  const rest = code.replace(attempt, "");
  if (rest === code || rest.includes("WebAssembly.promising")) {
    throw new Error("jco writes the calling code in another form: look at its uses of WebAssembly.promising");
  }
  return rest;
}

/**
 * The types of the contract's records, with its documentation. They are read-only, and their optional fields may be `undefined`.
 */
async function recordTypes() {
  // jco itself is a component, which sees no folder that it was not given.
  _addPreopen("/", "/");
  const contract = await generateHostTypes(CONTRACT, { worldName: "verifier" });
  return text(contract["interfaces/tuf-verifier-types.d.ts"])
    .replace(/^ {2}(\w+): (.*),$/gm, "  readonly $1: $2,")
    .replace(/^ {2}(\w+)\?: (.*),$/gm, "  readonly $1?: $2 | undefined,")
    .replace(/\bArray</g, "ReadonlyArray<");
}

function text(bytes) {
  return Buffer.from(bytes).toString();
}

/** The calling code has one function. jco describes what it returns as if a component exported it under its full name too. */
function types() {
  return `import type * as Workflow from "./workflow.js";

export declare function instantiate(
  getCoreModule: (name: string) => WebAssembly.Module,
  imports: Record<string, never>,
): { readonly workflow: typeof Workflow };
`;
}

/** Writes a file in one step. */
async function write(name, content) {
  const unfinished = `${FOLDER}.${name}.unfinished`;
  await writeFile(unfinished, content);
  await rename(unfinished, FOLDER + name);
}
