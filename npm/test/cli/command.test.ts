/** The command line of `tuf-verifier`: help, version, configuration, and the commands that know nothing of npm. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { verifierDigest } from "tuf-verifier";
import { Desk, SOURCES } from "./world/desk.js";
import { tarball, tarEntry } from "./world/package.js";
import { Published, tarballPath } from "./world/published.js";
import { HONEST, WORDS } from "./world/words.js";

const PATH = tarballPath(WORDS);

function desk(context: TestContext): Desk {
  const made = new Desk(context);
  made.trust(new Published(HONEST));
  return made;
}

test("prints its version and the verifier's digest", async (context) => {
  const { version } = JSON.parse(readFileSync(join(SOURCES, "package.json"), "utf8")) as { readonly version: string };
  const run = (await desk(context).tuf(["--version"])).endsWith(0);
  assert.equal(run.stdout, `tuf-verifier ${version} (verifier sha256:${verifierDigest})\n`);
});

test("prints the help of every command that the overview names", async (context) => {
  const made = desk(context);
  const overview = (await made.tuf(["--help"])).endsWith(0).stdout;
  const commands = [...overview.matchAll(/^ {2}([a-z-]+) .*$/gm)].map((match) => match[1] ?? "").filter((name) => !name.startsWith("-"));
  assert.deepEqual(commands, ["refresh", "download", "verify", "explain", "verify-lock", "ci", "collect"]);
  for (const command of commands) {
    const { stdout } = (await made.tuf([command, "--help"])).endsWith(0);
    assert.ok(stdout.includes(`Usage: tuf-verifier ${command}`), command);
  }
});

/** Command lines that cannot be used, and the beginning of what is said. */
const MISUSES: readonly (readonly [readonly string[], string])[] = [
  [[], "no command is given"],
  [["install"], 'there is no command "install"'],
  [["refresh", "--bogus"], "Unknown option '--bogus'"],
  [["refresh", "--output", "x"], "Unknown option '--output'"],
  [["refresh", "x"], "refresh takes nothing"],
  [["download"], "download takes PATH"],
  [["download", "a/"], "--output FILE says where the file is to be"],
  [["verify", "a"], "verify takes PATH FILE"],
  [["explain", "a", "b"], "explain takes PATH"],
  [["collect"], "collect takes one lock file at most, and --output DIR"],
  [["refresh", "--fresh-for", "soon"], '--fresh-for is a whole number of seconds, not "soon"'],
  [["refresh", "--max-target-length", "1G"], '--max-target-length is a whole number of bytes, not "1G"'],
  [["refresh", "--profile", "lax"], '--profile is compatible or strict, not "lax"'],
  [["refresh", "--profile", "legacy"], '--profile is compatible or strict, not "legacy"'],
  [["refresh", "--profile", "specification"], '--profile is compatible or strict, not "specification"'],
  [["refresh", "--trusted-root", "r", "--metadata-url", "a", "--metadata-url", "b", "--targets-url", "c"], "there is one targets URL for each"],
  [["refresh", "--trusted-root=../repository/root.json", "--metadata-url", "ftp://h.example/metadata"], "ftp://h.example/metadata is neither an http, https or file URL"],
  [["refresh", "--trusted-root", "nowhere.json"], "cannot read the trusted root "],
  [["refresh", "--config", "nowhere.json"], "cannot read "],
  [["refresh", "--bundle", "nowhere.zip"], ""],
  [["download", "../a", "-o", "x"], ""],
  [["ci"], "there is no npm-shrinkwrap.json or package-lock.json in "],
];

for (const [args, error] of MISUSES) {
  test(`status 2: tuf-verifier ${args.join(" ")}`, async (context) => {
    const run = (await desk(context).tuf(args)).endsWith(2).fails(error, "");
    assert.equal(run.stdout, "");
  });
}

/** Files that cannot be used, and a part of what is said. */
const FILES: readonly (readonly [string, string])[] = [
  ["{", "it is not JSON"],
  ["[]", "it is no JSON object"],
  ['{"metadataUri":"x"}', 'there is no key "metadataUri"'],
  ['{"__proto__":"x"}', 'there is no key "__proto__"'],
  ['{"metadataUrl":[]}', "the value of metadataUrl has the wrong form"],
  ['{"metadataUrl":[1]}', "the value of metadataUrl has the wrong form"],
  ['{"trustedRoot":null}', "the value of trustedRoot has the wrong form"],
  ['{"freshFor":-1}', "the value of freshFor has the wrong form"],
  ['{"profile":"lax"}', "the value of profile has the wrong form"],
];

for (const [content, error] of FILES) {
  test(`refuses the file ${content}`, async (context) => {
    const made = desk(context);
    made.write("project/tuf-verifier.json", content);
    const run = (await made.tuf(["refresh"])).endsWith(2).fails(made.path("project/tuf-verifier.json"), "the keys are");
    assert.ok(run.stderr.includes(error), run.stderr);
  });
}

test("says what is missing", async (context) => {
  const made = new Desk(context);
  (await made.tuf(["refresh"])).endsWith(2).fails("neither --metadata-url nor metadataUrl", "give --metadata-url");
  made.write("project/tuf-verifier.json", '{"metadataUrl":"../repository/metadata"}');
  (await made.tuf(["refresh"])).endsWith(2).fails("no trusted root is configured for the repository that ", "give --trusted-root");
});

test("reads the nearest file above, relative to where it is", async (context) => {
  const made = new Desk(context);
  new Published(HONEST).write(made.path("repository"));
  made.write("tuf-verifier.json", '{"metadataUrl":"repository/metadata","trustedRoot":"repository/root.json"}');
  (await made.tuf(["refresh"])).endsWith(0);
  assert.ok(made.has("state/tuf-verifier"), "the store is where state is kept");
});

test("prints what is trusted", async (context) => {
  const run = (await desk(context).tuf(["refresh"])).endsWith(0);
  const expires = "2100-01-01T00:00:00Z";
  assert.equal(run.stdout, `root\t1\t${expires}\ntimestamp\t2\t${expires}\nsnapshot\t2\t${expires}\ntargets\t2\t${expires}\n`);
});

test("tells a program what is trusted", async (context) => {
  const run = (await desk(context).tuf(["refresh", "--json"])).endsWith(0);
  const [event] = run.events("tuf-refreshed");
  assert.deepEqual(event?.["timestamp"], { version: 2, expires: "2100-01-01T00:00:00Z" });
  assert.deepEqual(run.events("tuf-finished"), [{ reason: "tuf-finished", success: true, status: 0 }]);
});

test("tells a program why it fails", async (context) => {
  const made = desk(context);
  const refused = (await made.tuf(["download", "nothing", "--json"])).endsWith(41);
  const message = "there is no target nothing: no trusted role lists it";
  assert.deepEqual(refused.events("tuf-refused"), [{ reason: "tuf-refused", code: "not-in-repository", message, status: 41 }]);
  const failed = (await made.tuf(["bogus", "--json"])).endsWith(2);
  assert.equal(failed.events("tuf-failed")[0]?.["code"], "usage");
});

test("downloads a target", async (context) => {
  const made = desk(context);
  const run = (await made.tuf(["download", PATH])).endsWith(0);
  assert.equal(run.stdout, `${made.path("project/words-1.1.0.tgz")}\n`);
  assert.equal(made.read("project/words-1.1.0.tgz"), tarball(WORDS).toString());
  (await made.tuf(["download", PATH, "--output", "other.tgz"])).endsWith(0);
  assert.ok(made.has("project/other.tgz"));
  (await made.tuf(["download", "npm/nothing", "-o", "x"])).endsWith(41).fails("there is no target npm/nothing", "check the path");
});

test("rejects a folder of the project that is a link, for a target", async (context) => {
  const made = desk(context);
  mkdirSync(made.path("victim"));
  symlinkSync("../victim", made.path("project/sub"));
  const run = (await made.tuf(["download", PATH, "-o", "sub/words.tgz"])).endsWith(40);
  run.fails(`cannot write below ${made.path("project/sub")}: `, "take it away");
  assert.deepEqual(readdirSync(made.path("victim")), []);
  // A place that is not below the project is the user's own choice.
  symlinkSync("victim", made.path("mine"));
  (await made.tuf(["download", PATH, "-o", "../mine/words.tgz"])).endsWith(0);
});

test("rejects a folder for the run that others can replace", async (context) => {
  const made = desk(context);
  made.project(HONEST);
  mkdirSync(made.path("open"));
  chmodSync(made.path("open"), 0o777);
  for (const command of ["ci", "verify-lock"]) {
    const run = (await made.tuf([command], { TMPDIR: made.path("open") })).endsWith(2);
    run.fails(`the folder of this run would be below ${made.path("open")}, which can be written by everybody`, "TMPDIR");
  }
  assert.deepEqual(readdirSync(made.path("open")), []);
});

/** What hangs, or never ends, when it is opened and read. */
const ENDLESS: readonly (readonly [string, (path: string) => void])[] = [
  ["a pipe", (path) => void execFileSync("mkfifo", [path])],
  ["a device", (path) => symlinkSync("/dev/zero", path)],
];

for (const [what, make] of ENDLESS) {
  for (const name of ["package-lock.json", "npm-shrinkwrap.json", "package.json"]) {
    test(`rejects ${what} as ${name}, and does not wait for it`, async (context) => {
      const made = desk(context);
      made.project(HONEST);
      made.remove(`project/${name}`);
      make(made.path(`project/${name}`));
      for (const command of [["ci"], ["verify-lock"], ...(name === "package.json" ? [] : [["collect", "-o", "../tree"]])]) {
        const run = (await made.tuf(command)).endsWith(2);
        assert.ok(run.stderr.includes("it is not a regular file"), run.stderr);
      }
    });
  }
}

test("takes a target from a mirror where the first place has another one", async (context) => {
  const made = new Desk(context);
  const published = new Published(HONEST);
  published.write(made.path("good"));
  published.tamper("words-1.1.0.tgz", (bytes) => bytes.with(30, (bytes[30] ?? 0) ^ 1));
  made.trust(published);
  (await made.tuf(["download", PATH])).endsWith(40).fails("wrong software: target", "do not go on");
  assert.ok(!made.has("project/words-1.1.0.tgz"));
  const mirrors = ["--trusted-root=../repository/root.json", "--metadata-url=../repository/metadata", "--metadata-url=../good/metadata"];
  (await made.tuf(["download", PATH, ...mirrors])).endsWith(0);
});

/** An unsigned edit is enough: the version of the specification says whether the rest can be read. */
function written(published: Published, member: string, value: string): void {
  const bytes = published.repository.metadata.get("timestamp.json") ?? new Uint8Array();
  const text = new TextDecoder().decode(bytes).replace(new RegExp(`"${member}":"[^"]*"`), `"${member}":"${value}"`);
  assert.ok(text.includes(value));
  published.repository.metadata.set("timestamp.json", new TextEncoder().encode(text));
}

test("rejects metadata that is not supported as no attack: status 43", async (context) => {
  const made = new Desk(context);
  const published = new Published(HONEST);
  written(published, "spec_version", "2.0.0");
  made.trust(published);
  const run = (await made.tuf(["refresh"])).endsWith(43).fails('unsupported specification: timestamp.json: the field spec_version is "2.0.0"', "no attack was seen");
  assert.ok(!run.stderr.includes("attack:"), run.stderr);
});

test("says in the strict profile what would read a date", async (context) => {
  const made = new Desk(context);
  const published = new Published(HONEST);
  written(published, "expires", "2100-01-01T00:00:00.5Z");
  made.trust(published);
  (await made.tuf(["refresh", "--profile", "strict"])).endsWith(43).fails("unsupported date: timestamp.json", "leave out --profile strict");
  // By default the form is read, so that the edit is found.
  (await made.tuf(["refresh"])).endsWith(40).fails("arbitrary software attack: timestamp", "do not go on");
});

test("verifies a file from elsewhere", async (context) => {
  const made = desk(context);
  made.write("project/a.tgz", tarball(WORDS));
  const run = (await made.tuf(["verify", PATH, "a.tgz"])).endsWith(0);
  assert.equal(run.stdout, `a.tgz is the target ${PATH}, signed by the role npm\n`);
  made.write("project/a.tgz", tarball({ ...WORDS, word: "jello" }));
  (await made.tuf(["verify", PATH, "a.tgz"])).endsWith(40).fails("wrong software: target", "do not go on");
  (await made.tuf(["verify", "npm/nothing", "a.tgz"])).endsWith(41).fails("there is no target", "check the path");
  (await made.tuf(["verify", PATH, "b.tgz"])).endsWith(2).fails("cannot read ", "check the path");
});

test("explains how a target is found", async (context) => {
  const made = desk(context);
  const run = (await made.tuf(["explain", PATH])).endsWith(0);
  const lines = run.stdout.replaceAll(/ed25519 [0-9a-f]{8}/g, "ed25519 KEY").replaceAll(/[0-9a-f]{64,}/g, "DIGEST").split("\n");
  const until = "expires 2100-01-01T00:00:00Z";
  assert.deepEqual(lines, [
    PATH,
    `  ${tarball(WORDS).length} bytes`,
    "  sha256 DIGEST",
    "  sha512 DIGEST",
    "  found by",
    `    targets version 2, ${until}; 1 of 1 key (ed25519 KEY) of root`,
    `    npm version 1, ${until}; 1 of 1 key (ed25519 KEY) of targets; ` +
      "paths npm/*/document.json npm/*/*/document.json npm/*/-/* npm/*/*/-/*; terminating",
    "  and trusted under",
    `    root version 1, ${until}; 1 of 1 key (ed25519 KEY) of root`,
    `    timestamp version 2, ${until}; 1 of 1 key (ed25519 KEY) of root`,
    `    snapshot version 2, ${until}; 1 of 1 key (ed25519 KEY) of root`,
    "",
  ]);
  const [event] = (await made.tuf(["explain", PATH, "--json"])).endsWith(0).events("tuf-explained");
  assert.equal(event?.["role"], "npm");
  assert.equal((event?.["delegations"] as readonly unknown[]).length, 1);
});

test("says which checks an offline run goes without", async (context) => {
  const made = desk(context);
  (await made.tuf(["explain", PATH])).endsWith(0);
  const run = (await made.tuf(["explain", PATH, "--offline"])).endsWith(0);
  assert.ok(run.stdout.includes("  waived: newer timestamp metadata was not asked for"), run.stdout);
  const [event] = (await made.tuf(["refresh", "--offline", "--json"])).endsWith(0).events("tuf-waived");
  assert.equal(event?.["reason"], "tuf-waived");
  (await made.tuf(["download", PATH, "--offline"])).endsWith(68).fails("", "without --offline");
});

test("takes everything from a bundle, an installation too", async (context) => {
  const made = new Desk(context);
  const { repository } = new Published(HONEST);
  const files = [...repository.metadata].map(([name, bytes]) => tarEntry(`metadata/${name}`, Buffer.from(bytes)));
  const targets = [...repository.targets].map(([name, bytes]) => longEntry(`targets/${name}`, Buffer.from(bytes)));
  made.write("bundle.tar", Buffer.concat([...files.flat(), ...targets.flat(), Buffer.alloc(1024)]));
  made.write("root.json", repository.trustedRoot);
  made.project(HONEST);
  const bundle = ["--bundle=../bundle.tar", "--trusted-root=../root.json"];
  const run = (await made.tuf(["download", PATH, ...bundle])).endsWith(0);
  assert.ok(run.stderr.includes("Waived: newer timestamp metadata was not asked for"), run.stderr);
  (await made.tuf(["ci", ...bundle])).endsWith(0);
  assert.equal(made.installed("words"), "hello");
});

/** A file of an archive whose name is too long for its header. */
function longEntry(path: string, bytes: Buffer): Buffer[] {
  return [...tarEntry("././@LongLink", Buffer.from(`${path}\0`), "L"), ...tarEntry("long", bytes)];
}

test("rejects a target that is listed as longer than it may be", async (context) => {
  const made = desk(context);
  const refused = (await made.tuf(["download", PATH, "--max-target-length", "1"])).endsWith(40);
  refused.fails(`endless data attack: ${PATH} is listed with `, "do not go on");
  assert.match(refused.stderr, /more than 1, the limit of the setting target-file-max-length/);
  (await made.tuf(["download", PATH, "--max-target-length", "100000"])).endsWith(0);
});

test("does not ask again within the time that it may go without", async (context) => {
  const made = desk(context);
  const nowhere = ["--metadata-url=../nowhere/metadata", "--trusted-root=../repository/root.json"];
  (await made.tuf(["refresh", "--fresh-for=3600", "--store=../store"])).endsWith(0);
  (await made.tuf(["refresh", "--fresh-for=3600", "--store=../store", ...nowhere])).endsWith(0);
  (await made.tuf(["refresh", "--store=../other", ...nowhere])).endsWith(2);
});

test("says nothing but errors and results where it is to be quiet", async (context) => {
  const made = desk(context);
  assert.equal((await made.tuf(["refresh", "--quiet"])).endsWith(0).stderr, "");
  assert.equal((await made.tuf(["download", "nothing", "-q"])).endsWith(41).stderr.split("\n").length, 3);
});

test("shows what a terminal would obey as an escape", async (context) => {
  const run = (await desk(context).tuf(["download", "a\u001b[31m", "-o", "x"])).endsWith(2);
  assert.ok(!run.stderr.includes("\u001b"), JSON.stringify(run.stderr));
});
