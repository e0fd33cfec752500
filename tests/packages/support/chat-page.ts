import { expect, onTestFinished } from "vitest";
import type { Page } from "../../support/browser.js";
import type { Peer } from "../../support/peer.js";
import type { Stage } from "./stage.js";

/** A fixture's page: a state, a list of messages, and a field to write to bob in. All fixtures have the same. */
export class ChatPage {
  readonly page: Page;
  readonly userId: string;
  readonly #failures: string[] = [];
  readonly #thrown: Error[] = [];

  private constructor(page: Page, userId: string) {
    this.page = page;
    this.userId = userId;
    page.on("pageerror", (error) => {
      this.#thrown.push(error);
      this.#failures.push(String(error));
    });
    page.on("console", (message) => {
      // Chromium's own words for a link that is cut, and for a picture that a framework has elsewhere.
      const expected =
        message.text().startsWith("WebSocket connection to") ||
        /^https?:\/\/(?!127\.0\.0\.1)/.test(message.location().url);
      if (message.type() === "error" && !expected) this.#failures.push(message.text());
    });
  }

  static async open(page: Page, address: string, userId: string): Promise<ChatPage> {
    const chat = new ChatPage(page, userId);
    onTestFinished(() => page.context().close());
    await page.goto(address);
    return chat;
  }

  /** Waits for the client to be in a state. */
  async isIn(state: string): Promise<void> {
    await this.page
      .locator("#state")
      .filter({ hasText: whole(state) })
      .waitFor();
  }

  /** Writes to bob, as somebody who types fast. */
  async say(text: string): Promise<void> {
    // Some frameworks put the field into an element of their own.
    const field = this.page.locator("input#text, #text input");
    await field.focus();
    await this.page.keyboard.type(text);
    await this.page.keyboard.press("Enter");
    // Some take a moment for it, and would empty what is typed next.
    await expect.poll(() => field.inputValue()).toBe("");
  }

  /** Waits until a line stands in the list of messages. */
  async shows(line: string): Promise<void> {
    await this.page
      .locator("#messages > *")
      .filter({ hasText: whole(line) })
      .waitFor();
  }

  /** What stands in the list of messages from bob. */
  async received(): Promise<string[]> {
    const lines = await this.page.locator("#messages > *").allTextContents();
    return lines.filter((line) => line.startsWith("bob: "));
  }

  /** Logs in, sends and receives. */
  async chats(bob: Peer): Promise<void> {
    await this.isIn("online");
    await this.say("Hello bob");
    await this.shows("Hello bob ✓");
    expect(await bob.hearsFrom(this.userId, 1)).toEqual(["Hello bob"]);
    await bob.im.send(this.userId, "Hello page");
    await this.shows("bob: Hello page");
    this.isWell();
  }

  /** What {@link ChatPage.chats}, then loses the network and its server, and nothing of what is said meanwhile. */
  async chatsThrough({ bob, network, server }: Stage): Promise<void> {
    await this.chats(bob);
    network.cut();
    await this.isIn("waiting");
    await this.say("Can you hear me?");
    await bob.im.send(this.userId, "Where are you?");
    network.mend();
    await this.shows("Can you hear me? ✓");
    await this.shows("bob: Where are you?");

    await server.stop();
    await this.isIn("waiting");
    await this.say("Is the server gone?");
    await server.start();
    await this.shows("Is the server gone? ✓");
    await bob.im.send(this.userId, "It is back");
    await this.shows("bob: It is back");

    expect(await bob.hearsFrom(this.userId, 3)).toEqual([
      "Hello bob",
      "Can you hear me?",
      "Is the server gone?",
    ]);
    expect(await this.received()).toEqual(["bob: Hello page", "bob: Where are you?", "bob: It is back"]);
    this.isWell();
  }

  /** Writes many texts to bob at once. */
  async sayAll(texts: readonly string[]): Promise<void> {
    await this.page.evaluate((all) => {
      const form = document.forms[0];
      const field = form?.elements.namedItem("text") as HTMLInputElement;
      for (const text of all) {
        field.value = text;
        form?.requestSubmit();
      }
    }, texts);
  }

  /** The names of the files that the page has loaded. */
  loadedFiles(): Promise<string[]> {
    return this.page.evaluate(() =>
      performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname),
    );
  }

  /** The first error that the page threw, already or soon. */
  async failure(): Promise<Error> {
    return this.#thrown[0] ?? (await this.page.waitForEvent("pageerror"));
  }

  /** Nothing was reported to the console or thrown. */
  isWell(): void {
    expect(this.#failures).toEqual([]);
  }
}

/** A text that is all there is. */
const whole = (text: string) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);
