/** The code of the README does what it says. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Repository } from "../repository.js";
import { Project, SOURCES } from "./installed.js";
import { serve, type Served } from "./served.js";

/** JavaScript of the README by the heading above it. */
const SAMPLES: ReadonlyMap<string, string> = new Map(
  [...readFileSync(join(SOURCES, "README.md"), "utf8").matchAll(/^## (.+)\n(?:(?!## ).*\n)*?```js\n([^]*?)^```$/gm)].map(
    ([, heading = "", code = ""]) => [heading, code],
  ),
);

const PATH = "app-1.0.tar.gz";

// Current by the clock: the samples give no time.
const repository = new Repository();
repository.add(PATH, "the application");
repository.publish();

let project: Project;
let served: Served;
before(async () => {
  project = await Project.create();
  project.write("root.json", Buffer.from(repository.trustedRoot).toString());
  await mkdir(project.path("downloads"));
  for (const [heading, code] of SAMPLES) {
    project.write(file(heading), code);
  }
  served = await serve(repository);
});
after(async () => {
  project.remove();
  await served.close();
});

function file(heading: string): string {
  return `${heading.toLowerCase().replaceAll(/[^a-z]+/g, "-")}.mjs`;
}

/** Runs a program that imports what the sample exports, and returns what it prints. */
async function run(heading: string, names: string, program: string): Promise<string> {
  assert.ok(SAMPLES.has(heading), `the README has no sample below ${heading}`);
  project.write("run.mjs", `import { ${names} } from "./${file(heading)}";\nconst [, , url] = process.argv;\n${program}`);
  return project.node("run.mjs", served.metadata.replace(/\/metadata$/, ""));
}

test("every sample is type-checked", async () => {
  const blocks = readFileSync(join(SOURCES, "README.md"), "utf8").match(/^```[a-z]+$/gm);
  assert.deepEqual(blocks, Array.from(SAMPLES, () => "```js"));
  const options = { checkJs: true, noEmit: true, strict: true, noImplicitAny: false, module: "nodenext", target: "es2022" };
  const types = { types: ["node"], typeRoots: [join(SOURCES, "node_modules/@types")] };
  await project.compile({ ...options, ...types }, [...SAMPLES.keys()].map(file));
});

test("downloads a verified file", async () => {
  const program = `console.log(await update(url, "${PATH}"), await update(url, "absent"));`;
  assert.equal(await run("Download a verified file", "update", program), `downloads/${PATH} undefined\n`);
  assert.equal(project.read(`downloads/${PATH}`), "the application");
});

test("verifies bytes that came from elsewhere", async () => {
  const program = `
    import { readFile } from "node:fs/promises";
    import { Updater } from "tuf-verifier";
    const updater = new Updater({ trustedRoot: await readFile("root.json"), metadataBaseUrl: url + "/metadata" });
    console.error = () => undefined;
    console.log(await isGenuine(updater, "${PATH}", new TextEncoder().encode("the application")));
    console.log(await isGenuine(updater, "${PATH}", new Blob(["the Application"]).stream()));
    await isGenuine(updater, "absent", new Uint8Array()).catch((error) => console.log(error.code));`;
  assert.equal(await run("Verify bytes that came from elsewhere", "isGenuine", program), "true\nfalse\nabsent\n");
});
