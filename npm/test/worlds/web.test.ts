import { readFile } from "node:fs/promises";
import { compile } from "#internal/web-module.js";
import { ofWeb } from "./client.js";
import { testWorlds } from "./engine.js";

const module = await readFile(new URL("../../../generated/web/verifier_web_bg.wasm", import.meta.url));

testWorlds("web", await compile(new Uint8Array(module)), await ofWeb());
