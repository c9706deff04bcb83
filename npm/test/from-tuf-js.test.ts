/** One program, once with tuf-js and once with this package. */

import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Updater } from "tuf-verifier";
import { DAY, newKey, Repository } from "./repository.js";

type AnyUpdater = new (options: {
  metadataDir: string;
  metadataBaseUrl: string;
  targetDir: string;
  targetBaseUrl: string;
}) => Pick<Updater, "refresh" | "getTargetInfo" | "findCachedTarget" | "downloadTarget">;

/** What a program prints that uses an updater as tuf-js's users do. */
async function program(Client: AnyUpdater, url: string, folder: string): Promise<readonly unknown[]> {
  const metadataDir = join(folder, "metadata");
  const targetDir = join(folder, "targets");
  const updater = new Client({ metadataDir, metadataBaseUrl: `${url}/metadata`, targetDir, targetBaseUrl: `${url}/targets` });
  await updater.refresh();
  const printed: unknown[] = [];
  for (const path of ["docs/manual.txt", "team/tool", "nothing"]) {
    const target = await updater.getTargetInfo(path);
    if (target === undefined) {
      printed.push([path, "no such target"]);
      continue;
    }
    const cached = await updater.findCachedTarget(target);
    const file = cached ?? (await updater.downloadTarget(target));
    const again = await updater.findCachedTarget(target);
    const content = await readFile(file, "utf8");
    printed.push([path, cached?.slice(folder.length), file.slice(folder.length), again?.slice(folder.length), content]);
    printed.push([target.path, target.length, target.hashes, target.custom]);
  }
  return printed;
}

function published(): Repository {
  const repository = new Repository();
  repository.expires = new Date(Date.now() + DAY);
  repository.delegations.push({ name: "team", paths: ["team/*"], key: newKey() });
  repository.add("docs/manual.txt", "read me");
  repository.add("team/tool", "a tool", "team");
  repository.publishRoot();
  repository.publish();
  return repository;
}

async function serve(repository: Repository): Promise<Server> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    const bytes = path.startsWith("/metadata/")
      ? repository.metadata.get(path.slice("/metadata/".length))
      : repository.targets.get(path.slice("/targets/".length));
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function folderFor(repository: Repository): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "from-tuf-js-"));
  await mkdir(join(folder, "metadata"));
  await mkdir(join(folder, "targets"));
  await writeFile(join(folder, "metadata", "root.json"), repository.trustedRoot);
  return folder;
}

/** tuf-js is installed beside the oracle tests. */
function tufJs(): AnyUpdater | undefined {
  try {
    const require = createRequire(new URL("../../../tests/oracle/node/package.json", import.meta.url));
    return (require("tuf-js") as { Updater: AnyUpdater }).Updater;
  } catch {
    return undefined;
  }
}

const peer = tufJs();
const skip = peer === undefined ? "tuf-js is not installed: run `cargo xtask setup`" : false;

test("a program moves by changing its import", { skip }, async (context) => {
  const repository = published();
  const server = await serve(repository);
  const [ours, theirs] = [await folderFor(repository), await folderFor(repository)];
  context.after(async () => {
    server.close();
    await Promise.all([ours, theirs].map((folder) => rm(folder, { recursive: true })));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.ok(peer);
  const expected = await program(peer, url, theirs);
  assert.equal(expected.length, 5);
  assert.deepEqual(await program(Updater, url, ours), expected);
  // Each goes on with what the other has stored.
  assert.deepEqual(await program(Updater, url, theirs), await program(peer, url, ours));
});
