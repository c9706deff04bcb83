/**
 * Measures `tuf-verifier ci` beside `npm ci`: same machine, same run, same packages, each with an empty cache and again with what the run
 * before has left.
 *
 *     node build/test/bench/ci.js PROJECT PACKAGES [--rounds N] [--latency MILLISECONDS]
 *
 * PROJECT has `package.json` and `package-lock.json`; PACKAGES is the folder that `tuf-verifier collect` has made of it. Both get the
 * same tarballs from servers on the loopback interface, which answer each request after the latency.
 */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { fileURLToPath } from "node:url";
import { newKey, Repository } from "../repository.js";

/** The program as it is published, where it was bundled. */
const PROGRAM = ["build/package/dist", "dist"]
  .map((folder) => fileURLToPath(new URL(`../../../${folder}/cli/main.js`, import.meta.url)))
  .find(existsSync) ?? "";
const PATTERNS = ["npm/*/document.json", "npm/*/*/document.json", "npm/*/-/*", "npm/*/*/-/*"];
const FAR = new Date("2100-01-01T00:00:00Z");

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "3" }, latency: { type: "string", default: "0" } },
});
const [project = "", packages = ""] = positionals;
const rounds = Number(values.rounds);
const latency = Number(values.latency);
const folder = mkdtempSync(join(tmpdir(), "tuf-bench-ci-"));

/** Every file below a folder, by its path there. */
function filesBelow(base: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(base, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
  return new Map(files.map((entry) => join(entry.parentPath, entry.name)).map((path) => [relative(base, path), readFileSync(path)]));
}

/** A server on the loopback interface, and how many requests it had. */
class Counted {
  requests = 0;
  url = "";

  static async start(answer: (path: string) => Uint8Array | undefined): Promise<Counted> {
    const counted = new Counted();
    const listener: RequestListener = (request, response) => {
      counted.requests += 1;
      const path = decodeURIComponent(new URL(request.url ?? "/", counted.url).pathname.slice(1));
      const bytes = answer(path);
      const send = (): void => void response.writeHead(bytes === undefined ? 404 : 200, { "content-length": bytes?.length ?? 0 }).end(bytes);
      latency > 0 ? setTimeout(send, latency) : send();
    };
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    counted.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return counted;
  }
}

/** Signs all packages, and serves them with their metadata. */
function publish(files: ReadonlyMap<string, Buffer>): Repository {
  const repository = new Repository();
  repository.expires = FAR;
  repository.otherHashes = ["sha512"];
  repository.delegations.push({ name: "npm", paths: PATTERNS, terminating: true, key: newKey() });
  repository.metadata.clear();
  repository.versions["root"] = 0;
  repository.publishRoot();
  files.forEach((bytes, path) => repository.add(path, bytes, "npm"));
  repository.publish();
  return repository;
}

/** Seconds that a program took in a fresh copy of the project, and that it and its children computed. */
interface Cost {
  readonly wall: number;
  readonly cpu: number;
}

/** Prints behind everything else what the program and its children computed. */
const TIMES = '"$@"; status=$?; times; exit $status';

async function measure(program: string, args: readonly string[]): Promise<Cost> {
  const place = join(folder, "project");
  rmSync(place, { recursive: true, force: true });
  cpSync(project, place, { recursive: true, filter: (path) => !path.endsWith("node_modules") });
  const inherited = Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name));
  const home = join(folder, "home");
  const env = {
    ...Object.fromEntries(inherited),
    HOME: home,
    XDG_STATE_HOME: join(home, "state"),
    XDG_CACHE_HOME: join(home, "cache"),
    npm_config_update_notifier: "false",
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_cache: join(folder, "npm-cache"),
    npm_config_loglevel: "error",
  };
  const start = performance.now();
  const child = spawn("bash", ["-c", TIMES, "bash", program, ...args], { cwd: place, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += String(chunk)));
  child.stderr.on("data", (chunk: Buffer) => (output += String(chunk)));
  const status = await new Promise((resolve) => child.once("close", resolve));
  const wall = (performance.now() - start) / 1000;
  if (status !== 0) {
    throw new Error(`${program} ${args.join(" ")} ended with ${String(status)}\n${output}`);
  }
  if (process.env["TUF_BENCH_OUTPUT"] !== undefined) {
    console.error(output);
  }
  const [, user = 0, system = 0] = (/(\S+)m\S+s (\S+)m\S+s\s*$/.exec(output) ?? []).map(Number);
  const seconds = [...(output.trimEnd().split("\n").at(-1) ?? "").matchAll(/m([\d.]+)s/g)].map(([, one]) => Number(one));
  return { wall, cpu: seconds.reduce((sum, one) => sum + one, 60 * (user + system)) };
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

const files = filesBelow(packages);
const repository = publish(files);
const mirror = await Counted.start((path) => repository.metadata.get(path.replace(/^metadata\//, "")) ?? repository.targets.get(path.replace(/^targets\//, "")));
const registry = await Counted.start((path) => files.get(`npm/${path}`) ?? files.get(`npm/${path}/document.json`));
writeFileSync(join(folder, "root.json"), repository.trustedRoot);

const npm = ["ci", `--registry=${registry.url}`, "--replace-registry-host=always"];
const tuf = [PROGRAM, "ci", `--metadata-url=${mirror.url}metadata`, `--trusted-root=${join(folder, "root.json")}`];
const figures: Record<string, { readonly costs: Cost[]; requests: number }> = {};

async function contend(name: string, server: Counted, program: string, args: readonly string[]): Promise<void> {
  const before = server.requests;
  const cost = await measure(program, args);
  const figure = (figures[name] ??= { costs: [], requests: 0 });
  figure.costs.push(cost);
  figure.requests = server.requests - before;
}

for (let round = 0; round < rounds; round += 1) {
  rmSync(join(folder, "npm-cache"), { recursive: true, force: true });
  rmSync(join(folder, "home"), { recursive: true, force: true });
  await contend("npm cold", registry, "npm", npm);
  await contend("tuf cold", mirror, process.execPath, tuf);
  await contend("npm warm", registry, "npm", npm);
  await contend("tuf warm", mirror, process.execPath, tuf);
}
const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as { readonly packages: object };
console.log(`${Object.keys(lock.packages).length - 1} packages, ${latency} ms a request, median of ${rounds}`);
for (const [name, { costs, requests }] of Object.entries(figures)) {
  const columns = (["wall", "cpu"] as const).map((kind) => {
    const [own, beside] = [name, name.replace("tuf", "npm")].map((one) => median((figures[one]?.costs ?? []).map((cost) => cost[kind])));
    return `${own?.toFixed(2)} s ${kind} (${((own ?? 0) / (beside ?? 0)).toFixed(2)}x)`;
  });
  const single = costs.map(({ wall }) => wall.toFixed(2)).join(" ");
  console.log([name, ...columns, `${requests} requests`, single].join("\t"));
}
rmSync(folder, { recursive: true, force: true });
process.exit();
