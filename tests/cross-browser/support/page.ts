import { mkdir, writeFile } from "node:fs/promises";
import type { WebDriver } from "selenium-webdriver";
import { expect, inject, onTestFinished } from "vitest";
import type { Browser } from "./browser.js";

/** A page with the packed client, in a window of its own. */
export class Page {
  readonly #browser: Browser;
  readonly #window: string;
  #open = true;

  private constructor(browser: Browser, window: string) {
    this.#browser = browser;
    this.#window = window;
  }

  /** Opens an empty window for a page that is watched, and closes it with the test. */
  static async open(browser: Browser): Promise<Page> {
    const { driver } = browser;
    const [first] = await driver.getAllWindowHandles();
    if (first !== undefined) await driver.switchTo().window(first);
    await driver.switchTo().newWindow("window");
    const page = new Page(browser, await driver.getWindowHandle());
    onTestFinished(async ({ task }) => {
      if (page.#open && task.result?.state === "fail") await page.screenshot(`failed-${task.name}`);
      await page.close();
    });
    return page;
  }

  /** Opens the tests' own page. */
  async load(url: string): Promise<void> {
    await this.#do((driver) => driver.get(url));
    await this.until(() => document.documentElement.dataset.ready !== undefined);
  }

  /** Loads a page anew, as F5 does. What was told before is checked, as it would be gone. */
  async refresh(): Promise<void> {
    expect(await this.problems(), "in the console, or told as an error").toEqual([]);
    await this.#do((driver) => driver.navigate().refresh());
  }

  /** Loads the tests' own page anew. */
  async reload(): Promise<void> {
    await this.refresh();
    await this.until(() => document.documentElement.dataset.ready !== undefined);
  }

  /** Makes the page's client and logs it in. */
  async login(userId: string, url: string): Promise<void> {
    await this.run(
      async (userId, url) => {
        await start({ url, getToken: () => "a-token" });
        await im.login({ userId });
      },
      userId,
      url,
    );
  }

  /**
   * Runs a function in the page. It knows nothing but its arguments and the page's globals, which it sets by `window`:
   * in Firefox a driver's scripts have a `globalThis` of their own.
   */
  async run<A extends unknown[], R>(action: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    const script = `return (${action}).apply(null, arguments)`;
    return this.#do((driver) => driver.executeScript<Awaited<R>>(script, ...args));
  }

  /** When a function that runs in the page says so. */
  async until<A extends unknown[]>(
    holds: (...args: A) => boolean | Promise<boolean>,
    ...args: A
  ): Promise<void> {
    const { driver } = this.#browser;
    await driver.wait(() => this.run(holds, ...args), 50_000, `in the page, until ${holds}`, 50);
  }

  /** When this many messages came. */
  async hears(count: number): Promise<void> {
    await this.until((count) => texts().length >= count, count);
  }

  /** When this many messages are in the page's database. */
  async stored(count: number): Promise<void> {
    await this.until(async (count) => {
      const database = await new Promise<IDBDatabase>((resolve, reject) => {
        const opening = indexedDB.open("mobileim");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => resolve(opening.result);
      });
      const found = await new Promise<number>((resolve) => {
        const counting = database.transaction("outbox").objectStore("outbox").count();
        counting.onsuccess = () => resolve(counting.result);
      });
      database.close();
      return found === count;
    }, count);
  }

  /** What is in the browser's console, and what the client told as an error. */
  async problems(): Promise<string[]> {
    return this.run(() => globalThis.problems ?? ["this page is not watched"]);
  }

  /** Leaves a picture of the page with the run. */
  async screenshot(name: string): Promise<void> {
    await mkdir("artifacts", { recursive: true });
    const file = `artifacts/${inject("browser")}-${name.replaceAll(/[^a-z0-9]+/gi, "-")}.png`;
    await writeFile(file, await this.#do((driver) => driver.takeScreenshot()), "base64");
  }

  /**
   * Closes the window, as a person does; the second time does nothing. The test fails if there was anything in its console,
   * or an error told.
   */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const problems = await this.problems();
    await this.#do((driver) => driver.close());
    expect(problems, "in the console, or told as an error").toEqual([]);
  }

  #do<T>(action: (driver: WebDriver) => Promise<T>): Promise<T> {
    const { driver } = this.#browser;
    return this.#browser.inWindow(this.#window, () => action(driver));
  }
}
