import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { verifierDigest } from "tuf-verifier";
import { NOW, Repository } from "../repository.js";
import { skip } from "../skip.js";
import { Project } from "./installed.js";
import { serve, type Served } from "./served.js";

const PATH = "bin/app";
const CONTENT = "the program\n";

const repository = new Repository();
repository.add(PATH, CONTENT);
repository.publish();

let project: Project;
let served: Served;
before(async () => {
  project = await Project.create();
  served = await serve(repository);
});
after(async () => {
  project.remove();
  await served.close();
});

/** A program that downloads a target, behind the line that imports the package. */
const PROGRAM = `
async function main(root: string, metadataBaseUrl: string, targetBaseUrl: string): Promise<void> {
  const options: UpdaterOptions = {
    trustedRoot: Uint8Array.from(atob(root), (letter) => letter.charCodeAt(0)),
    metadataBaseUrl,
    targetBaseUrl,
    metadataDir: "trusted",
    targetDir: ".",
    referenceTime: new Date(${NOW.getTime()}),
  };
  const updater = new Updater(options);
  const target: TargetFile | undefined = await updater.getTargetInfo(${JSON.stringify(PATH)});
  if (target === undefined) throw new Error("no such target");
  const path: string = await updater.downloadTarget(target);
  const version: bigint | undefined = updater.report?.targets.version;
  console.log([path, version, verifierDigest].join(" "));
  try {
    await updater.verify(target.path, new Uint8Array(target.length));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const code: RefusalCode = error.code;
    console.log(code);
  }
}

const [root = "", metadata = "", targets = ""] = process.argv.slice(2);
main(root, metadata, targets).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
`;

const VALUES = "{ Refusal, Updater, verifierDigest }";

const TYPES = `import type { RefusalCode, TargetFile, UpdaterOptions } from "tuf-verifier";
declare const process: { readonly argv: readonly string[]; exitCode: number };
`;

/** What a project of nobody's taste but the compiler's has. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false,
  module: "nodenext",
  target: "es2022",
  lib: ["es2023", "dom", "dom.asynciterable"],
  types: [],
};

/** Compiles the program as a module of this kind, and runs it: it must refresh, download and refuse. */
async function uses(kind: "cts" | "mts"): Promise<void> {
  project.write(`${kind}/program.${kind}`, `import ${VALUES} from "tuf-verifier";\n${TYPES}${PROGRAM}`);
  await project.compile(STRICT, [`${kind}/program.${kind}`]);
  const script = `${kind}/program.${kind.replace("ts", "js")}`;
  assert.match(project.read(script), kind === "cts" ? /require\("tuf-verifier"\)/ : /from "tuf-verifier"/);
  const root = Buffer.from(repository.trustedRoot).toString("base64");
  const printed = await project.node(script, root, served.metadata, served.targets);
  assert.equal(printed, `bin%2Fapp 2 ${verifierDigest}\nwrong-software\n`);
  assert.equal(project.read("bin%2Fapp"), CONTENT);
}

test("a strict ECMAScript module uses it", () => uses("mts"));

test("a strict CommonJS module uses it", async (context) => {
  const { require_module: requires } = process.features as { readonly require_module?: boolean };
  if (requires !== true) {
    return skip(context, `Node ${process.version} cannot require an ECMAScript module: 20.19 or newer can`);
  }
  await uses("cts");
});
