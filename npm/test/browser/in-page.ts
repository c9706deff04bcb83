/** The package in a page on which nothing else runs. */

import type { Page } from "playwright-core";
import type { World } from "./chromium.js";

/** The package as a page imports it. */
export type Package = typeof import("tuf-verifier/browser");

/** What came of something in a page: what it gave back, or the code of its error. */
export type Outcome = { readonly value: unknown } | { readonly code: string; readonly message: string };

/** A page of the site's origin on which nothing runs. */
export async function blank({ browser, site }: World): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(`${site.url}trusted-root.json`);
  return page;
}

/** Runs a function in a page with the package. It can use nothing else of this file. */
export async function run<T>(
  page: Page,
  task: (tuf: Package, argument: T) => Promise<unknown>,
  argument?: T,
): Promise<Outcome> {
  const code = `(async (argument) => {
    const tuf = await import("/package/dist/browser.js");
    try {
      return { value: await (${task.toString()})(tuf, argument) };
    } catch (error) {
      return { code: error.code ?? error.name, message: error.message };
    }
  })(${JSON.stringify(argument) ?? "undefined"})`;
  return page.evaluate<Outcome>(code);
}
