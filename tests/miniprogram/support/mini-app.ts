import { onTestFinished } from "vitest";
import type { Browser, BrowserContextOptions, Locator, Page } from "../../support/browser.js";
import { PHONE } from "../../support/browser.js";

let apps = 0;

/** The demo mini-program on a phone, as a user sees it. */
export class MiniApp {
  readonly page: Page;
  readonly #url: string;

  private constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  /** Opens the page that runs it; `prepare` may change what is below it before it is loaded. */
  static async open(
    browser: Browser,
    url: string,
    options: BrowserContextOptions = {},
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<MiniApp> {
    const context = await browser.newContext({ locale: "en-US", deviceScaleFactor: 2, ...PHONE, ...options });
    const app = new MiniApp(await context.newPage(), url);
    apps += 1;
    const picture = `failed-${apps}`;
    const complaints: string[] = [];
    app.page.on("pageerror", (error) => complaints.push(error.stack ?? error.message));
    app.page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail") await app.screenshot(picture);
      await context.close();
      // Of a network that is cut, and of what a request is refused with, the browser complains; the client once.
      const ofNetwork = /^(WebSocket connection to|Failed to load resource:|mobileim: no link to) /;
      const own = complaints.filter((text) => !ofNetwork.test(text));
      if (own.length > 0) throw new Error(`the app complained: ${own.join("\n")}`);
    });
    await prepare(app.page);
    await app.launch();
    return app;
  }

  /** Starts it, as if it was not running. */
  async launch(): Promise<void> {
    await this.page.goto(this.#url);
  }

  async signIn(userId: string, server: string): Promise<void> {
    await this.submitSignIn(userId, server);
    await this.page.getByText("Chats", { exact: true }).waitFor();
  }

  /** What comes of it is yet to be seen. */
  async submitSignIn(userId: string, server: string): Promise<void> {
    await this.field("user-id").fill(userId);
    await this.field("server").fill(server);
    await this.page.getByRole("button", { name: /^(Sign in|登录)$/ }).tap();
  }

  async startChat(peer: string): Promise<void> {
    await this.page.getByRole("button", { name: /^(New chat|新聊天)$/ }).tap();
    await this.field("peer").fill(peer);
    await this.page.getByRole("button", { name: /^(Start|开始)$/ }).tap();
    await this.field("text").waitFor();
  }

  async openChat(peer: string): Promise<void> {
    await this.row(peer).tap();
    await this.field("text").waitFor();
  }

  async back(): Promise<void> {
    await this.page.getByRole("button", { name: "Back" }).tap();
  }

  async say(text: string): Promise<void> {
    await this.field("text").fill(text);
    await this.page.getByRole("button", { name: /^(Send|发送)$/ }).tap();
  }

  /** An element by its id in the template. */
  field(id: string): Locator {
    return this.page.locator(`[id$="--${id}"]:visible`);
  }

  row(peer: string): Locator {
    return this.page.getByRole("button", { name: peer });
  }

  /** A bubble of one's own with this text and tick: "Sending" or "Delivered". */
  sent(text: string, tick: string): Locator {
    return this.page
      .locator("[class*=--mine]", { hasText: text })
      .and(this.page.locator(`:has([aria-label="${tick}"])`));
  }

  /** A bubble of the peer's with this text. */
  received(text: string): Locator {
    return this.page.locator("[class*=--theirs]", { hasText: text });
  }

  /** What was said by one side, in the order in which it is shown. */
  async all(side: "mine" | "theirs"): Promise<string[]> {
    return this.page.locator(`[class*=--${side}] [class*=--text]`).allTextContents();
  }

  get reconnecting(): Locator {
    return this.page.getByText(/^Reconnecting…/).locator("visible=true");
  }

  get kicked(): Locator {
    return this.page.getByRole("alertdialog").locator("visible=true");
  }

  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `artifacts/${name}.png` });
  }
}
