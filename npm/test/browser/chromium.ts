/** Tests in Chromium, where the set-up has found one. */

import { appendFileSync, existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, test, type TestContext } from "node:test";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { openSite, PROJECT, type Site } from "./site.js";

/** What a test gets: the site of the demonstration page, a browser profile of its own, and what Node knows of the test. */
export interface World {
  readonly test: TestContext;
  readonly site: Site;
  readonly browser: BrowserContext;
}

/** Runs a test in a new profile. All tests of a file share a site. */
export function inChromium(name: string, run: (world: World) => Promise<void>): void {
  test(name, { skip: reasonToSkip(name), timeout: 120_000 }, async (test) => {
    const [browser, site] = await shared();
    const context = await browser.newContext();
    try {
      await run({ test, site, browser: context });
    } finally {
      await context.close();
    }
  });
}

/** Whatever a page complains of: errors and warnings of the console, uncaught errors. Failed requests are among the first. */
export function complaints(page: Page): string[] {
  const found: string[] = [];
  page.on("pageerror", (error) => found.push(`uncaught: ${error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      found.push(`${message.text()} ${new URL(message.location().url || "about:blank").pathname}`);
    }
  });
  return found;
}

/** Why there is no Chromium, or `false`. */
export function reasonToSkip(name: string, needs: readonly string[] = ["npm", "chromium"]): string | false {
  for (const need of needs) {
    const record = path.join(PEERS, `${need}.missing`);
    if (existsSync(record)) {
      return skipped(name, readFileSync(record, "utf8"));
    }
  }
  return existsSync(CHROMIUM) ? false : skipped(name, "`cargo xtask setup` has not looked for Chromium yet");
}

const PEERS = path.join(PROJECT, "target/peers");
/** The set-up writes the path of the program into it. */
const CHROMIUM = path.join(PEERS, "chromium");

let started: Promise<[Browser, Site]> | undefined;

function shared(): Promise<[Browser, Site]> {
  return (started ??= Promise.all([launch(), openSite()]));
}

/** The sandbox of Chromium refuses to work for root. Names of the domain `test` lead here. */
export function launch(): Promise<Browser> {
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  return chromium.launch({
    executablePath: readFileSync(CHROMIUM, "utf8"),
    args: [...sandbox, "--host-resolver-rules=MAP *.test 127.0.0.1"],
  });
}

after(async () => {
  if (started !== undefined) {
    const [browser, site] = await started;
    await browser.close();
    await site.close();
  }
});

function skipped(name: string, reason: string): string {
  const file = process.env["TUF_TEST_SKIPS"];
  if (file !== undefined) {
    appendFileSync(file, `SKIPPED ${name}: ${reason}\n`);
  }
  return reason;
}
