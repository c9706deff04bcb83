/** Whose settings count, and what others can change. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { exposed } from "#internal/node/ownership.js";
import { Desk, SOURCES, type Run } from "./world/desk.js";
import { tarballPath, Published } from "./world/published.js";
import { HONEST, WORDS } from "./world/words.js";

/** Another user than the one who runs the tests. */
const STRANGER = 4321;

const isRoot = process.geteuid?.() === 0;
const asOthers = isRoot ? {} : { skip: "only root can act as another user" };

/** A desk with a repository and a project without settings. */
function desk(context: TestContext): Desk {
  const made = new Desk(context);
  new Published(HONEST).write(made.path("repository"));
  return made;
}

const URL = { metadataUrl: "../repository/metadata" };
const ROOT = { trustedRoot: "../repository/root.json" };
const URL_FLAG = ["--metadata-url=../repository/metadata"];
const ROOT_FLAG = ["--trusted-root=../repository/root.json"];

/** What the user's file says, whose paths start from its own folder. */
function ofUser(settings: object): object {
  const entries = Object.entries(settings).map(([key, value]) => [key, `../${String(value)}`] as const);
  return Object.fromEntries(entries);
}

function refresh(made: Desk, flags: readonly string[], user: object | undefined, project: object | undefined): Promise<Run> {
  for (const [file, settings] of [["settings/tuf-verifier/config.json", user && ofUser(user)], ["project/tuf-verifier.json", project]] as const) {
    rmSync(made.path(file), { force: true });
    if (settings !== undefined) {
      made.write(file, JSON.stringify(settings));
    }
  }
  return made.tuf(["refresh", ...flags]);
}

test("rejects a root from a lesser place than the URL", async (context) => {
  const made = desk(context);
  const user = made.path("settings/tuf-verifier/config.json");
  const rows: readonly (readonly [readonly string[], object | undefined, object | undefined, string | undefined])[] = [
    [URL_FLAG, ROOT, undefined, "the command line"],
    [URL_FLAG, undefined, ROOT, "the command line"],
    [URL_FLAG, undefined, { ...URL, ...ROOT }, "the command line"],
    [[], URL, ROOT, user],
    [[], URL, { ...URL, ...ROOT }, user],
    [ROOT_FLAG, URL, undefined, undefined],
    [ROOT_FLAG, undefined, URL, undefined],
    [[], ROOT, URL, undefined],
    [[], { ...URL, ...ROOT }, undefined, undefined],
    [[], undefined, { ...URL, ...ROOT }, undefined],
  ];
  for (const [flags, own, project, place] of rows) {
    const run = await refresh(made, flags, own, project);
    if (place === undefined) {
      run.endsWith(0);
    } else {
      const message = `no trusted root is configured for the repository that ${place} names: a root counts from there`;
      run.endsWith(2).fails(message, "give --trusted-root");
    }
  }
});

test("rejects a bundle of the command line with a root of the project", async (context) => {
  const made = desk(context);
  const run = await refresh(made, ["--bundle=b.tar"], undefined, ROOT);
  run.endsWith(2).fails("no trusted root is configured for the repository that the command line names", "give --trusted-root");
});

test("accepts a broken file of a place that does not count", async (context) => {
  const made = desk(context);
  made.write("project/tuf-verifier.json", "garbage");
  made.write("settings/tuf-verifier/config.json", JSON.stringify(ofUser({ ...URL, ...ROOT })));
  (await made.tuf(["refresh"])).endsWith(0);
  made.write("settings/tuf-verifier/config.json", "garbage");
  (await made.tuf(["refresh", ...URL_FLAG, ...ROOT_FLAG])).endsWith(0);
});

test("rejects a file of --config that is no settings, also where the URL is named", async (context) => {
  const made = desk(context);
  const named = ["refresh", "--config=../named.json", ...URL_FLAG, ...ROOT_FLAG];
  for (const [content, reason] of [
    ["garbage", "it is not JSON"],
    ['{"metadataUlr": "https://example.org"}', 'there is no key "metadataUlr"'],
  ] as const) {
    made.write("named.json", content);
    (await made.tuf(named)).endsWith(2).fails(`${made.path("named.json")}: ${reason}`, "");
  }
  // It decides nothing there: neither its URL, which is nowhere, nor its root is used.
  made.write("named.json", JSON.stringify({ metadataUrl: "nowhere", trustedRoot: "nowhere.json", freshFor: 1_000_000 }));
  (await made.tuf(named)).endsWith(0);
  rmSync(made.path("named.json"));
  (await made.tuf(named)).endsWith(2).fails(`cannot read ${made.path("named.json")}`, "check the path");
});

test("the profile and the time that counts as fresh belong to the repository", async (context) => {
  const made = desk(context);
  const evil = { ...URL, ...ROOT, freshFor: 1_000_000, profile: "strict" };
  (await refresh(made, [...URL_FLAG, ...ROOT_FLAG], undefined, evil)).endsWith(0);
  // The project's own repository, at the same place, is refreshed as the project says.
  (await refresh(made, [], undefined, evil)).endsWith(0);
  const again = await refresh(made, [...URL_FLAG, ...ROOT_FLAG, "--json"], undefined, evil);
  assert.deepEqual(again.events("tuf-waived"), []);
  assert.ok((await refresh(made, ["--json"], undefined, evil)).events("tuf-waived").length > 0);
});

test("rejects a store that a project names", async (context) => {
  const made = desk(context);
  made.write("victim/root.json", "mine");
  const run = await refresh(made, [], undefined, { ...URL, ...ROOT, store: "../victim" });
  const project = made.path("project/tuf-verifier.json");
  run.endsWith(2).fails(`${project}: a project does not choose a store`, "give --store, or write store beside metadataUrl in ");
  assert.equal(made.read("victim/root.json"), "mine");
  assert.ok(!made.has("victim/.lock"));
});

test("rejects a pipe in the place of a file that decides whom to trust", async (context) => {
  const made = desk(context);
  const settings = made.path("project/tuf-verifier.json");
  execFileSync("mkfifo", [settings]);
  (await made.tuf(["refresh"])).endsWith(2).fails(`cannot read ${settings}: it is not a regular file`, "check the path");
  rmSync(settings);
  execFileSync("mkfifo", [made.path("project/pipe.json")]);
  const root = await refresh(made, [], undefined, { ...URL, trustedRoot: "pipe.json" });
  const pipe = made.path("project/pipe.json");
  root.endsWith(2).fails(`cannot read the trusted root ${pipe}: it is not a regular file`, "check --trusted-root");
});

test("rejects a store that is named for every repository", async (context) => {
  const made = desk(context);
  const run = await refresh(made, [], { store: "../store" }, { ...URL, ...ROOT });
  run.endsWith(2).fails(`${made.path("settings/tuf-verifier/config.json")}: a store belongs to the metadataUrl beside it`, "give --store");
});

test("accepts a store that the user names", async (context) => {
  const made = desk(context);
  (await refresh(made, [], { ...URL, ...ROOT, store: "../own" }, undefined)).endsWith(0);
  assert.ok(made.has("own/root.json"));
  (await refresh(made, ["--store=../flag"], undefined, { ...URL, ...ROOT })).endsWith(0);
  assert.ok(made.has("flag/root.json"));
});

test("rejects a folder that is no store", async (context) => {
  const made = desk(context);
  const before = made.read("repository/metadata/root.json".replace("root.json", "1.root.json"));
  for (const [store, evidence] of [
    ["../repository/metadata", 'no store has "1.'],
    ["../project", 'no store has "package.txt"'],
  ] as const) {
    made.write("project/package.txt", "mine");
    made.write("project/root.json", "mine");
    const run = await refresh(made, [`--store=${store}`], undefined, { ...URL, ...ROOT });
    run.endsWith(2).fails(`${made.path(store.slice(3))} is not empty and is no trusted store: ${evidence}`, "");
  }
  assert.equal(made.read("project/root.json"), "mine");
  assert.equal(made.read("repository/metadata/1.root.json"), before);
});

test("rejects the settings of another user above the current folder", asOthers, async (context) => {
  const made = desk(context);
  chmodSync(made.folder, 0o1777);
  const settings = JSON.stringify({ metadataUrl: "repository/metadata", trustedRoot: "repository/root.json" });
  execFileSync("sh", ["-ec", `printf '%s' '${settings}' > tuf-verifier.json`], { cwd: made.folder, uid: STRANGER, gid: STRANGER });
  const file = made.path("tuf-verifier.json");
  const run = (await made.tuf(["refresh"])).endsWith(2);
  run.fails(`${file} is not used: ${file} belongs to user ${STRANGER}`, "name it with --config FILE");
  // Who names the file vouches for it.
  (await made.tuf(["refresh", "--config=../tuf-verifier.json"])).endsWith(0);
  // It stops nobody whose settings count more.
  (await made.tuf(["refresh", ...URL_FLAG, ...ROOT_FLAG])).endsWith(0);
});

test("rejects a trusted root that others can change", async (context) => {
  const made = desk(context);
  chmodSync(made.path("repository/root.json"), 0o666);
  const root = made.path("repository/root.json");
  const run = (await refresh(made, [], undefined, { ...URL, ...ROOT })).endsWith(2);
  run.fails(`${root} is not used: ${root} can be written by everybody (mode 0666)`, "--trusted-root FILE");
  (await refresh(made, ROOT_FLAG, undefined, URL)).endsWith(0);
  chmodSync(root, 0o644);
  chmodSync(made.path("repository"), 0o777);
  (await refresh(made, [], undefined, { ...URL, ...ROOT })).endsWith(2).fails(`${root} is not used: ${made.path("repository")} can be`, "");
});

test("rejects credentials for a server without https", async (context) => {
  const made = desk(context);
  const run = await made.tuf(["refresh", "--metadata-url=http://user:hunter2@repository.example/metadata", ...ROOT_FLAG]);
  run.endsWith(2).fails("http://repository.example/metadata/: credentials are not sent through a network without https", "");
  assert.ok(!run.stderr.includes("hunter2"), run.stderr);
});

test("a download replaces no other file unless it is named", async (context) => {
  const made = desk(context);
  const place = "project/words-1.1.0.tgz";
  made.write(place, "mine");
  const settings = [...URL_FLAG, ...ROOT_FLAG];
  const run = (await made.tuf(["download", tarballPath(WORDS), ...settings])).endsWith(2);
  run.fails(`${made.path(place)} is there already, and is not the target`, "name it with --output");
  assert.equal(made.read(place), "mine");
  (await made.tuf(["download", tarballPath(WORDS), "-o", "words-1.1.0.tgz", ...settings])).endsWith(0);
  (await made.tuf(["download", tarballPath(WORDS), ...settings])).endsWith(0);
});

interface Case {
  readonly name: string;
  readonly tree: readonly {
    readonly path: string;
    readonly kind?: "folder" | "link";
    readonly to?: string;
    readonly uid?: number;
    readonly gid?: number;
    readonly mode?: string;
  }[];
  readonly ask: string;
  readonly exposed?: string;
  readonly how?: string;
}

const cases = JSON.parse(readFileSync(join(SOURCES, "../files/tests/cases.json"), "utf8")) as readonly Case[];

for (const one of cases) {
  test(one.name.replaceAll("_", " "), asOthers, async (context) => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "tuf-owners-")));
    context.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const { path, kind, to = "", uid = 0, gid = 0, mode } of one.tree) {
      const made = join(folder, path);
      if (kind === "folder") {
        mkdirSync(made);
      } else if (kind === "link") {
        symlinkSync(to, made);
      } else {
        writeFileSync(made, "");
      }
      lchownSync(made, uid, gid);
      if (mode !== undefined) {
        chownSync(made, uid, gid);
        chmodSync(made, Number.parseInt(mode, 8));
      }
    }
    const found = exposed(join(folder, one.ask));
    const path = found && (existsSync(found.path) && one.exposed !== basename(found.path) ? realOf(found.path) : found.path);
    assert.deepEqual([path, found?.how], [one.exposed && join(folder, one.exposed), one.how]);
  });
}

/** A path without links in its folders. */
function realOf(path: string): string {
  return basename(path) === ".." ? realpathSync.native(path) : join(realpathSync.native(dirname(path)), basename(path));
}
