import { By, Key, type Locator, until, type WebDriver, type WebElement } from "selenium-webdriver";
import { Page } from "./page.js";
import type { Stage } from "./stage.js";

/** How long something may take to show: the longest back-off, and a slow machine. */
const PATIENCE = 50_000;

/** The demo page, as a user at a desktop sees it: what it knows of the page is what is to be read there. */
export class Chat {
  readonly page: Page;
  readonly #driver: WebDriver;

  private constructor(page: Page, driver: WebDriver) {
    this.page = page;
    this.#driver = driver;
  }

  /** Opens the page that the server serves, and signs a user in. What is in red in the page's console fails the test. */
  static async signIn(stage: Stage, userId: string, password?: string): Promise<Chat> {
    const { driver } = stage.browser;
    const chat = new Chat(await Page.open(stage.browser), driver);
    await driver.get(`${stage.site.url}demo/`);
    await (await chat.#find(field("User ID"))).sendKeys(userId);
    if (password !== undefined) await (await chat.#find(field("Password"))).sendKeys(password);
    await (await chat.#find(button("Sign in"))).click();
    await chat.#find(button("New chat"));
    return chat;
  }

  /** When the page asks who is there, says it. */
  async signInAgain(password: string): Promise<void> {
    await this.shows("Please sign in again");
    const filled = await this.#find(field("Password"));
    await filled.sendKeys(password);
    // Not in one go: Firefox submits nothing while the button is disabled, as it is until there is a password.
    await filled.sendKeys(Key.ENTER);
    await this.#driver.wait(
      async () => (await this.#driver.findElements(By.css("dialog[open]"))).length === 0,
      PATIENCE,
    );
  }

  async startChat(peer: string): Promise<void> {
    await (await this.#find(button("New chat"))).click();
    await (await this.#find(field("Who do you want to write to?"))).sendKeys(peer);
    await (await this.#find(button("Start chat"))).click();
    await this.#find(composer(peer));
  }

  async say(peer: string, text: string): Promise<void> {
    const field = await this.#find(composer(peer));
    await field.sendKeys(text);
    // Not in one go: in Firefox, Chinese comes from an input method, and what follows at once still belongs to it.
    await field.sendKeys(Key.ENTER);
  }

  /** When a text is shown. */
  async shows(text: string): Promise<void> {
    await this.#find(By.xpath(`//*[text()[contains(., '${text}')]]`));
  }

  /** When a message of one's own has this tick: "Sending", "Delivered" or "Not delivered". */
  async ticks(text: string, tick: string): Promise<void> {
    const bubble = `//*[contains(concat(' ', @class, ' '), ' mine ')][contains(., '${text}')]`;
    await this.#find(By.xpath(`${bubble}//*[@title='${tick}']`));
  }

  async reload(): Promise<void> {
    await this.page.refresh();
  }

  async #find(locator: Locator): Promise<WebElement> {
    const element = await this.#driver.wait(until.elementLocated(locator), PATIENCE);
    return this.#driver.wait(until.elementIsVisible(element), PATIENCE);
  }
}

const button = (name: string) =>
  By.xpath(`//button[normalize-space() = '${name}' or @aria-label = '${name}' or @title = '${name}']`);
const field = (label: string) => By.xpath(`//input[@id = //label[contains(., '${label}')]/@for]`);
const composer = (peer: string) => By.xpath(`//textarea[@aria-label = 'Message ${peer}']`);
