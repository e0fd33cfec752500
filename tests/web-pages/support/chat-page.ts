import { onTestFinished } from "vitest";
import type { Browser, BrowserContextOptions, Locator, Page } from "../../support/browser.js";
import type { Server } from "../../support/server.js";

/** How many were opened, to tell the pictures of a failed test apart. */
let pages = 0;

/** The chat page, in a browser context of its own, as a user sees it. */
export class ChatPage {
  readonly page: Page;

  private constructor(page: Page) {
    this.page = page;
  }

  /** Opens the page; `prepare` may change what is below it before it is loaded. */
  static async open(
    browser: Browser,
    server: Server,
    options: BrowserContextOptions,
    prepare: (page: Page) => Promise<void> = async () => {},
  ): Promise<ChatPage> {
    const context = await browser.newContext({ locale: "en-US", ...options });
    const chat = new ChatPage(await context.newPage());
    pages += 1;
    const picture = `failed-${pages}`;
    onTestFinished(async ({ task }) => {
      if (task.result?.state === "fail" && !chat.page.isClosed()) {
        // In words, too: where a machine runs the tests, nobody sees the picture.
        process.stderr.write(`${await chat.page.locator("body").ariaSnapshot()}\n`);
        await chat.screenshot(picture);
      }
      await context.close();
    });
    await prepare(chat.page);
    await chat.page.goto(server.page);
    return chat;
  }

  /** Opens another tab of the same browser, where nobody is signed in. */
  async anotherTab(server: Server): Promise<ChatPage> {
    const chat = new ChatPage(await this.page.context().newPage());
    await chat.page.goto(server.page);
    return chat;
  }

  /** Opens the page and signs a user in. */
  static async signIn(
    browser: Browser,
    server: Server,
    userId: string,
    options: BrowserContextOptions,
  ): Promise<ChatPage> {
    const chat = await ChatPage.open(browser, server, options);
    await chat.signIn(userId);
    return chat;
  }

  async signIn(userId: string, secret?: string): Promise<void> {
    await this.submitSignIn(userId, secret);
    await this.page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  }

  /** Fills in the sign-in form and sends it; what comes of it is yet to be seen. */
  async submitSignIn(userId: string, secret?: string): Promise<void> {
    await this.page.getByLabel("User ID").fill(userId);
    if (secret !== undefined) await this.secret.fill(secret);
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click();
  }

  /** The field for what is asked for beside the name. */
  get secret(): Locator {
    return this.page.getByLabel(/^(Password|Token)$/);
  }

  /** What asks for it anew, without leaving the page. */
  get expired(): Locator {
    return this.page.getByRole("dialog", { name: "Please sign in again" });
  }

  /** When the page says why somebody was not let in. */
  async refuses(why: string): Promise<void> {
    await this.page.getByRole("status").getByText(why).first().waitFor();
  }

  async startChat(peer: string): Promise<void> {
    await this.page.getByRole("button", { name: "New chat" }).first().click();
    await this.page.getByLabel("Who do you want to write to?").fill(peer);
    await this.page.getByRole("button", { name: "Start chat" }).click();
    await this.composer(peer).waitFor();
  }

  /** Opens a conversation from the list. */
  async openChat(peer: string): Promise<void> {
    await this.row(peer).click();
    await this.composer(peer).waitFor();
    await this.log.waitFor();
  }

  async backToList(): Promise<void> {
    await this.page.getByRole("button", { name: "Back to chats" }).click();
  }

  async say(peer: string, text: string): Promise<void> {
    await this.composer(peer).fill(text);
    await this.composer(peer).press("Enter");
  }

  /** Signs out, from the list; `warned` is told what the page asks before, if it asks. */
  async signOut(warned: (question: string) => void = () => {}): Promise<void> {
    await this.openSettings();
    this.page.once("dialog", (dialog) => {
      warned(dialog.message());
      void dialog.accept();
    });
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.page.getByLabel("User ID").waitFor();
  }

  /** What was said; it is there when it has been read. */
  get log(): Locator {
    return this.page.getByRole("log");
  }

  composer(peer: string): Locator {
    return this.page.getByLabel(`Message ${peer}`);
  }

  row(peer: string): Locator {
    return this.page.getByRole("navigation").getByRole("button", { name: peer });
  }

  /** Opens a page beside the list of conversations. */
  async openSettings(): Promise<void> {
    await this.page.getByRole("button", { name: "Settings" }).click();
    await this.page.getByRole("heading", { name: "Settings" }).waitFor();
  }

  /** Sends an image by its address. */
  async sendImage(address: string, description = ""): Promise<void> {
    await this.page.getByRole("button", { name: "Send an image" }).click();
    const dialog = this.page.getByRole("dialog", { name: "Send an image" });
    await dialog.getByLabel("Address of the image").fill(address);
    await dialog.getByLabel("What is to be seen?").fill(description);
    await dialog.getByRole("button", { name: "Send" }).click();
    await dialog.waitFor({ state: "detached" });
  }

  /** A bubble with this text and this tick: "Sending", "Delivered" or "Not delivered". */
  sent(text: string, tick: string): Locator {
    return this.page.locator(".mine", { hasText: text }).and(this.page.locator(`:has([title="${tick}"])`));
  }

  /** A bubble of the peer's with this text. */
  received(text: string): Locator {
    return this.page.locator(".theirs", { hasText: text });
  }

  /** What the peer has said, in the order in which it is shown. */
  async allReceived(): Promise<string[]> {
    return this.page.locator(".theirs .bubble-text").allTextContents();
  }

  /** What was said here, in the order in which it is shown. */
  async allSent(): Promise<string[]> {
    return this.page.locator(".mine .bubble-text").allTextContents();
  }

  get reconnecting(): Locator {
    return this.page.getByText("Reconnecting…");
  }

  get kicked(): Locator {
    return this.page.getByRole("alertdialog", { name: "Signed in elsewhere" });
  }

  /** Leaves a picture of the page with the run. */
  async screenshot(name: string): Promise<void> {
    await this.page.screenshot({ path: `artifacts/${name}.png` });
  }
}
