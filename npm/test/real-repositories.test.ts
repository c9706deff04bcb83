/** Repositories that are in use, as they were published. They are beside a checkout, not in it. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { FolderSource, Refusal, type Report, Updater } from "tuf-verifier";
import { fails } from "./refused.js";
import { skip } from "./skip.js";

const REAL = fileURLToPath(new URL("../../../../shared/data/real-repositories/", import.meta.url));

const DAY = 86_400_000;

/** A published repository, and a folder for a client of it. */
class Published {
  readonly #folder: string;
  readonly #own = mkdtempSync(join(tmpdir(), "tuf-real-"));
  /** When it was current. */
  readonly time: Date;

  constructor(name: string, context: TestContext) {
    this.#folder = join(REAL, name);
    this.time = new Date(this.#read("faketime").toString().trim());
    context.after(() => rmSync(this.#own, { recursive: true }));
  }

  client(referenceTime = this.time): Updater {
    const sources = [new FolderSource(join(this.#folder, "metadata"), join(this.#folder, "targets"))];
    const trustedRoot = new Uint8Array(this.#read("initial_root.json"));
    return new Updater({ trustedRoot, sources, metadataDir: join(this.#own, "store"), targetDir: this.#own, referenceTime });
  }

  /** Refreshes twice, and downloads the repository's example target in between. */
  async updates(): Promise<Report | undefined> {
    const client = this.client();
    await client.refresh();
    const target = await client.getTargetInfo(this.#read("targetpath").toString().trim());
    assert.ok(target);
    assert.equal(readFileSync(await client.downloadTarget(target)).length, target.length);
    const again = this.client();
    await again.refresh();
    assert.deepEqual(again.report?.notices, []);
    assert.equal(again.report.timestampUnchanged, true);
    return client.report;
  }

  #read(name: string): Buffer {
    return readFileSync(join(this.#folder, name));
  }
}

/** The repository of this name; none where it is not there, and the test is skipped. */
async function published(name: string, context: TestContext): Promise<Published | undefined> {
  if (existsSync(join(REAL, name, "faketime"))) {
    return new Published(name, context);
  }
  await skip(context, `the repository ${name} is not in ${REAL}`);
  return undefined;
}

/** What a report says of versions, and of what was out of the ordinary. */
function summary(report: Report | undefined): Record<string, unknown> {
  assert.ok(report);
  const { root, timestamp, snapshot, targets, notices, waived, consistentSnapshot } = report;
  const versions = [root, timestamp, snapshot, targets].map(({ version }) => Number(version));
  return { versions, notices, waived, consistentSnapshot };
}

const ORDINARY = { notices: [], waived: [], consistentSnapshot: true };

test("docker", async (context) => {
  const repository = await published("docker", context);
  if (repository !== undefined) {
    assert.deepEqual(summary(await repository.updates()), { ...ORDINARY, versions: [1, 141, 10, 7] });
  }
});

test("tuf-demo", async (context) => {
  const repository = await published("tuf-demo", context);
  if (repository !== undefined) {
    assert.deepEqual(summary(await repository.updates()), { ...ORDINARY, versions: [5, 921, 15, 7] });
  }
});

test("expired repositories are refused", async (context) => {
  const repository = await published("docker", context);
  if (repository === undefined) {
    return;
  }
  const yearsLater = new Date(repository.time.getTime() + 20 * 365 * DAY);
  const error = await fails(repository.client(yearsLater).refresh(), Refusal, "freeze");
  assert.ok(error.attack.tag === "freeze" && error.attack.val.role === "root");
});
