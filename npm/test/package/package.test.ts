import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { verifierDigest } from "tuf-verifier";
import { type Conditions, Project, SOURCES } from "./installed.js";

let project: Project;
before(async () => (project = await Project.create()));
after(() => project.remove());

/** The package's entries, with what each has for a condition. */
function entries(): readonly (readonly [string, Conditions])[] {
  const found = Object.entries(project.manifest.exports).filter(([, conditions]) => typeof conditions !== "string");
  return found as [string, Conditions][];
}

test("has what a program needs, and nothing else", (context) => {
  const paths = project.packed.files.map(({ path }) => path);
  const allowed = /^(?:dist\/.*\.(?:js|d\.ts)|generated\/.*\.(?:js|d\.ts|wasm)|README\.md|LICENSE-(?:APACHE|MIT)|package\.json)$/;
  assert.deepEqual(paths.filter((path) => !allowed.test(path)), []);
  assert.deepEqual(paths.filter((path) => path.includes("conformance") || path.includes("test")), []);
  for (const license of ["LICENSE-APACHE", "LICENSE-MIT"]) {
    assert.equal(project.read(`node_modules/tuf-verifier/${license}`), readFileSync(join(SOURCES, "..", license), "utf8"));
  }
  context.diagnostic(`${project.packed.files.length} files, ${project.packed.size} bytes packed, ${project.packed.unpackedSize} unpacked`);
});

test("names no file that is not there", () => {
  const { bin } = project.manifest;
  const named = entries().flatMap(([, conditions]) => Object.values(conditions as unknown as Record<string, string>));
  for (const path of [...named, ...Object.values(bin)]) {
    assert.ok(existsSync(project.path(`node_modules/tuf-verifier/${path}`)), path);
  }
  const scripts = project.packed.files.filter(({ path }) => path.endsWith(".js"));
  for (const { path } of scripts) {
    assert.doesNotMatch(project.read(`node_modules/tuf-verifier/${path}`), /\/\/# sourceMappingURL=/, path);
  }
});

test("has nothing from sources that are gone", () => {
  const made = project.packed.files.filter(({ path }) => path.startsWith("dist/") && !/^dist\/shared-[0-9A-Z]+\.js$/.test(path));
  for (const { path } of made) {
    const source = path.replace(/^dist/, "src").replace(/\.(?:d\.ts|js)$/, ".ts");
    assert.ok(existsSync(join(SOURCES, source)), `${path}: remove npm/dist, and build again`);
  }
});

test("has few files to load", () => {
  const scripts = project.packed.files.filter(({ path }) => path.endsWith(".js"));
  assert.ok(scripts.length <= 16, scripts.map(({ path }) => path).join(" "));
});

test("entries share their classes", async () => {
  const script = `
    import * as node from "tuf-verifier";
    import * as browser from "tuf-verifier/browser";
    import * as web from "tuf-verifier/web";
    const shared = Object.keys(node).filter((name) => /Error$|^(?:Refusal|Malformed|Missing|Misuse|TargetFile|MemoryStore|Verifier)$/.test(name));
    console.log(shared.length > 10 && shared.every((name) => node[name] === browser[name] && node[name] === web[name]));
    const error = await new browser.Updater({ trustedRoot: Buffer.from("{}"), verifier: await node.loadVerifier() }).refresh().catch((thrown) => thrown);
    console.log(error instanceof web.Malformed);`;
  assert.equal(await project.node("--input-type=module", "--eval", script), "true\ntrue\n");
});

test("loads nothing of the network when it is imported", async () => {
  const script = `
    import "tuf-verifier";
    console.log(JSON.stringify(process.moduleLoadList.filter((name) => /undici|_http_client|https|child_process/.test(name))));`;
  assert.equal(await project.node("--input-type=module", "--eval", script), "[]\n");
});

test("depends on no other package and runs no script", () => {
  const manifest = project.manifest as unknown as Record<string, Record<string, string> | undefined>;
  assert.deepEqual([manifest["dependencies"], manifest["peerDependencies"], manifest["optionalDependencies"]], [undefined, undefined, undefined]);
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) {
    assert.equal(manifest["scripts"]?.[script], undefined);
  }
  const lock = JSON.parse(project.read("package-lock.json")) as { readonly packages: Readonly<Record<string, unknown>> };
  assert.deepEqual(Object.keys(lock.packages), ["", "node_modules/tuf-verifier"]);
});

test("types come first in each entry", () => {
  for (const [name, conditions] of entries()) {
    assert.equal(Object.keys(conditions)[0], "types", name);
  }
});

test("each entry is imported, also where its runtime is not", async () => {
  for (const [name] of entries()) {
    const specifier = `tuf-verifier${name.slice(1)}`;
    const script = `import * as entry from ${JSON.stringify(specifier)}; console.log(Object.keys(entry).length > 0);`;
    assert.equal(await project.node("--input-type=module", "--eval", script), "true\n", specifier);
  }
  const browser = `import { verifierDigest } from "tuf-verifier/browser"; console.log(verifierDigest);`;
  assert.equal(await project.node("--input-type=module", "--eval", browser), `${verifierDigest}\n`);
});

test("what is no entry cannot be imported", async () => {
  const script = `import("tuf-verifier/dist/session.js").catch((error) => console.log(error.code));`;
  assert.equal(await project.node("--input-type=module", "--eval", script), "ERR_PACKAGE_PATH_NOT_EXPORTED\n");
});

test("the programs run", async () => {
  for (const name of Object.keys(project.manifest.bin)) {
    assert.match(await project.program(name, "--version"), new RegExp(`^${name} ${project.manifest.version.replaceAll(".", "\\.")}\\s`));
  }
});
