/** Repositories that are in use, as they were published. They are beside a checkout, not in it. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { FolderSource, Refusal, type Report, Updater } from "tuf-verifier";
import { fails } from "./refused.js";

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

/** Why the tests of this repository cannot run. */
function missing(name: string): string | false {
  return existsSync(join(REAL, name, "faketime")) ? false : `the repository ${name} is not in ${REAL}`;
}

/** What a report says of versions, and of what was out of the ordinary. */
function summary(report: Report | undefined): Record<string, unknown> {
  assert.ok(report);
  const { root, timestamp, snapshot, targets, notices, waived, consistentSnapshot, rootLimitReached } = report;
  const versions = [root, timestamp, snapshot, targets].map(({ version }) => Number(version));
  return { versions, notices, waived, consistentSnapshot, rootLimitReached };
}

const ORDINARY = { notices: [], waived: [], rootLimitReached: false };

test("docker", { skip: missing("docker") }, async (context) => {
  const report = await new Published("docker", context).updates();
  assert.deepEqual(summary(report), { ...ORDINARY, versions: [1, 141, 10, 7], consistentSnapshot: true });
});

test("tuf-demo", { skip: missing("tuf-demo") }, async (context) => {
  const report = await new Published("tuf-demo", context).updates();
  assert.deepEqual(summary(report), { ...ORDINARY, versions: [5, 921, 15, 7], consistentSnapshot: true });
});

test("expired repositories are refused", { skip: missing("docker") }, async (context) => {
  const published = new Published("docker", context);
  const yearsLater = new Date(published.time.getTime() + 20 * 365 * DAY);
  const error = await fails(published.client(yearsLater).refresh(), Refusal, "freeze");
  assert.ok(error.attack.tag === "freeze" && error.attack.val.role === "root");
});
