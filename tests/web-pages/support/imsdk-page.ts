import type { Browser, Locator, Page } from "../../support/browser.js";
import { serveFolder } from "../../support/site.js";
import { ownPage } from "./own-page.js";

const FIXTURE = new URL("../imsdk/", import.meta.url);

/** The drop-in for a classic script tag. */
export const SCRIPT = new URL("../../../js/dist/cdn/imsdk.js", import.meta.url);
/** The fixture `imsdk/chat.html`, in a browser context of its own, as a user sees it. */
export class ImsdkPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the page, for a server's address; `prepare` may change what is below it before it is loaded. What it throws fails the test. */
  static async open(
    browser: Browser,
    address: string,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<ImsdkPage> {
    const page = await ownPage(browser, { viewport: { width: 480, height: 640 } });
    await prepare(page);
    const site = await serveFolder(FIXTURE, { files: { "imsdk.js": SCRIPT } });
    await page.goto(`${site}chat.html?server=ws://${address}/websocket`);
    return new ImsdkPage(page);
  }

  async submitLogin(user: string): Promise<void> {
    await this.page.getByLabel("User").fill(user);
    await this.page.getByRole("button", { name: "Log in" }).click();
  }

  async login(user: string): Promise<void> {
    await this.submitLogin(user);
    await this.status(`Online as ${user}`);
  }

  async logout(): Promise<void> {
    await this.page.getByRole("button", { name: "Log out" }).click();
  }

  async say(to: string, text: string): Promise<void> {
    await this.page.getByLabel("To", { exact: true }).fill(to);
    await this.page.getByLabel("Message").fill(text);
    await this.page.getByRole("button", { name: "Send" }).click();
  }

  /** When the page says this of itself. */
  async status(text: string): Promise<void> {
    await this.page.getByRole("status").getByText(text, { exact: true }).waitFor();
  }

  /** A message of this user's with this tick: "Sending", "Received" or "Not sent: try again". */
  sent(text: string, tick: string): Locator {
    return this.page.locator(".mine", { hasText: text }).getByTitle(tick);
  }

  received(text: string): Locator {
    return this.page.locator(".theirs", { hasText: text });
  }

  /** What was received, in the order in which it is shown. */
  async allReceived(): Promise<string[]> {
    return this.page.locator(".theirs .text").allTextContents();
  }

  /** How often the page was told what. */
  async calls(): Promise<Record<string, number>> {
    return this.page.evaluate(() => (window as unknown as { calls: Record<string, number> }).calls);
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `artifacts/${name}.png` });
  }
}
