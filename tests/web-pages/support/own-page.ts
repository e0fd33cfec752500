import { expect, onTestFinished } from "vitest";
import type { Browser, BrowserContextOptions, Page } from "../../support/browser.js";

/** Opens an empty page in a browser context of its own, until the test has ended. What it throws fails the test. */
export async function ownPage(browser: Browser, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const failures: Error[] = [];
  page.on("pageerror", (error) => failures.push(error));
  onTestFinished(async () => {
    await context.close();
    expect(failures).toEqual([]);
  });
  return page;
}
