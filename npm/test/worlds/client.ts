/** The resource `client` itself, which the worlds of clients are repeated with. */

import { readFile } from "node:fs/promises";
import type { Json } from "./files.js";
import { isArray } from "./plain.js";

/** The interface as an engine hands it out. */
export interface Workflow {
  readonly Client: { start(trustedRoot: Uint8Array, now: bigint, options: unknown): Client };
}

/** A client. */
export interface Client {
  poll(at: bigint): unknown;
  supply(id: bigint, part: Uint8Array, length: bigint): void;
  answer(id: bigint, response: unknown, at: bigint): void;
  find(path: string): bigint;
  receive(found: bigint, atHand: unknown, at: bigint): bigint;
  abandon(transfer: bigint): void;
  check(found: bigint, atHand: unknown): void;
  dropTarget(found: bigint): void;
}

/** The calling code of an engine, of which the package itself hands out classes alone. */
interface Engine {
  readonly shims?: Readonly<Record<string, string>>;
  instantiate(module: unknown, imports?: object): { readonly workflow: Workflow };
}

/** Where the engines are, seen from the compiled file. */
const FOLDER = new URL("../../../generated/", import.meta.url);

/** Instances of the component. */
export async function ofComponent(): Promise<() => Workflow> {
  const { shims = {} } = await engine("component/modules.js");
  const { instantiate } = await engine("component/verifier.js");
  const modules = new Map([["verifier.core.wasm", await compiled("component/verifier.core.wasm")]]);
  for (const [name, base64] of Object.entries(shims)) {
    modules.set(name, await WebAssembly.compile(new Uint8Array(Buffer.from(base64, "base64"))));
  }
  return () => instantiate((name: string) => modules.get(name), {}).workflow;
}

/** Instances of the module for bundlers. */
export async function ofWeb(): Promise<() => Workflow> {
  const { instantiate } = await engine("web/verifier_web.js");
  const module = await compiled("web/verifier_web_bg.wasm");
  return () => instantiate(module).workflow;
}

async function engine(name: string): Promise<Engine> {
  return (await import(new URL(name, FOLDER).href)) as Engine;
}

async function compiled(name: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(new Uint8Array(await readFile(new URL(name, FOLDER))));
}

/** Names of members that are numbers of 64 bits in what a client is given. */
const LONG = new Set([
  ...["root-max-length", "timestamp-max-length", "snapshot-max-length", "targets-max-length", "listed-max-length"],
  ...["target-file-max-length", "fresh-for", "first", "longest", "seed", "start", "length", "retry-after"],
]);

/** A record or a variant that a client is given: names in camel case, and numbers of 64 bits as such. */
export function given(value: Json | undefined, bytes: (digest: Json) => Uint8Array): unknown {
  if (value === null || typeof value !== "object") {
    return value ?? undefined;
  }
  if (isArray(value)) {
    return value.map((element) => given(element, bytes));
  }
  const members = Object.entries(value).map(([name, member]) => {
    const camel = name.replace(/-[a-z]/g, (letter) => letter.slice(1).toUpperCase());
    if (name === "val" && value["tag"] === "bytes") {
      return [camel, bytes(member)];
    }
    return [camel, LONG.has(name) && member !== null ? BigInt(String(member)) : given(member, bytes)];
  });
  return Object.fromEntries(members);
}
