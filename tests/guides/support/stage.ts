//! A server, and a browser in which the address that the guides print is this server's.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished } from "vitest";
import { launchBrowser } from "../../browser/support/browser.js";
import { Server } from "../../browser/support/server.js";
import { Terminal } from "../../browser/support/terminal.js";

type Browser = Awaited<ReturnType<typeof launchBrowser>>;
type Page = Awaited<ReturnType<Browser["newPage"]>>;

/** Where the guides' pages look for a server: where `mobileim-server --dev` listens. */
export const PRINTED = "localhost:3000";

/** Where the guides' pages have the package's scripts from, without a bundler. */
const CDN = "https://unpkg.com/mobileim/";
const PACKAGE = fileURLToPath(new URL("../node_modules/mobileim/", import.meta.url));

/** For all tests of a file. */
export class Stage {
  readonly server = new Server();
  #browser: Browser | undefined;
  /** Of the page that was opened last. */
  #failures: string[] = [];

  constructor() {
    beforeAll(async () => {
      await this.server.start();
      const { ws } = this.server.addresses;
      this.#browser = await launchBrowser({ args: [`--host-resolver-rules=MAP ${PRINTED} ${ws}`] });
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.server.stop();
    });
  }

  /** Opens a page, which must throw nothing and write no error until the test ends. */
  async open(address: string): Promise<Page> {
    if (this.#browser === undefined) throw new Error("the browser runs only while tests do");
    const context = await this.#browser.newContext();
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
      await field.fill("hi");
      await field.press("Enter");
      await page.getByText("hi ✓").waitFor();
    } else if ((await page.getByRole("button").count()) > 0) {
      await page.getByRole("button").click();
    }
    await bob.shows("alice: ");
    await bob.leave();
  }
}
