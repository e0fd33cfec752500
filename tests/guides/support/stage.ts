//! A server, and a browser in which the address that the guides print is this server's.
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";
import type { Page } from "../../support/browser.js";
import { followGuides } from "../../support/guide.js";
import { Stage as BrowserStage } from "../../support/stage.js";
import { Terminal } from "../../support/terminal.js";

/** Where the guides' pages have the package's scripts from, without a bundler. */
const CDN = "https://unpkg.com/mobileim/";
const PACKAGE = fileURLToPath(new URL("../node_modules/mobileim/", import.meta.url));

/** For all tests of a file. */
export class Stage extends BrowserStage {
  /** Of the page that was opened last. */
  #failures: string[] = [];

  constructor() {
    super(followGuides);
  }

  /** Opens a page, which must throw nothing and write no error until the test ends. */
  async open(address: string): Promise<Page> {
    const context = await this.browser.newContext();
    // A shadow that uni-app draws.
    await context.route("https://cdn.dcloud.net.cn/**", (route) => route.fulfill({ body: "" }));
    await context.route(`${CDN}**`, (route) =>
      route.fulfill({ path: PACKAGE + route.request().url().slice(CDN.length) }),
    );
    const page = await context.newPage();
    const failures: string[] = [];
    this.#failures = failures;
    page.on("pageerror", (error) => failures.push(String(error)));
    page.on("console", (message) => {
      // Browsers ask for an icon, and say that it is not there.
      const isIcon = message.location().url.endsWith("/favicon.ico");
      if (message.type() === "error" && !isIcon) failures.push(message.text());
    });
    onTestFinished(async () => {
      await context.close();
      expect(failures).toEqual([]);
    });
    await page.goto(address);
    return page;
  }

  /** The page of a guide logs alice in, shows what bob says, and sends to him. */
  async chats(address: string): Promise<void> {
    const bob = await Terminal.chat(this.server, "bob", "alice");
    const page = await this.open(address);
    await page
      .waitForFunction(() => /\bonline\b/.test(`${document.title} ${document.body.innerText}`))
      .catch(async (error) => {
        throw new Error(`${await page.content()}\n${this.#failures.join("\n")}`, { cause: error });
      });
    bob.say("Hello page");
    await page.getByText("Hello page").waitFor();
    const field = page.getByRole("textbox");
    if ((await field.count()) > 0) {
      // As somebody who types fast.
      await field.focus();
      await page.keyboard.type("hi");
      await page.keyboard.press("Enter");
      await page.getByText("hi ✓").waitFor();
    } else if ((await page.getByRole("button").count()) > 0) {
      await page.getByRole("button").click();
    }
    await bob.shows("alice: ");
    await bob.leave();
  }
}
