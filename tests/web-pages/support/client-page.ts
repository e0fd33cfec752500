import type { Page } from "../../support/browser.js";

/** What a page with a client has in its window, for the functions that are evaluated there. */
export interface ClientWindow extends Window {
  createClient: typeof import("../../../js/dist/web/index.js").createClient;
  indexedDbStore: typeof import("../../../js/dist/web/index.js").indexedDbStore;
  im: import("../../../js/dist/web/index.js").Client;
  /** The texts of messages, in the order they were shown. */
  shown: string[];
  /** The codes of `error` events. */
  errors: (string | number)[];
  /** The states the client went through. */
  states: string[];
  /** How sent messages ended, by fingerprint: `delivered` or the reason. */
  outcomes: Record<string, string>;
  kicked: number;
}

/** Makes the page's client. What is to be evaluated in pages cannot refer to anything outside of itself. */
export async function makeClient(page: Page, options: object): Promise<void> {
  await page.evaluate(async (options) => {
    const page = window as unknown as ClientWindow;
    Object.assign(page, { shown: [], errors: [], states: [], outcomes: {}, kicked: 0 });
    page.im = await page.createClient({ getToken: () => "any", ...(options as { url: string }) });
    page.im.on("message", ({ text }) => page.shown.push(text));
    page.im.on("error", ({ code }) => page.errors.push(code));
    page.im.on("state", (state) => page.states.push(state));
    page.im.on("kicked", () => {
      page.kicked += 1;
    });
  }, options);
}

/** Begins to send texts, with their first words as fingerprints; how they end will be in the page's `outcomes`. */
export function send(page: Page, to: string, texts: readonly string[]): Promise<void> {
  return page.evaluate(
    ([to, texts]) => {
      const { im, outcomes } = window as unknown as ClientWindow;
      for (const text of texts) {
        const fp = text.split(" ")[0] ?? "";
        im.send(to, text, { fp }).then(
          () => {
            outcomes[fp] = "delivered";
          },
          (error: { reason: string }) => {
            outcomes[fp] = error.reason;
          },
        );
      }
    },
    [to, texts] as const,
  );
}

/** When the promises of all these messages are resolved, by fingerprint. */
export async function delivered(page: Page, fps: readonly string[]): Promise<void> {
  await page.waitForFunction((fps) => {
    const { outcomes } = window as unknown as ClientWindow;
    return fps.every((fp) => outcomes[fp] === "delivered");
  }, fps);
}

/** Something that the page's window has. */
export function look<K extends keyof ClientWindow>(page: Page, what: K): Promise<ClientWindow[K]> {
  return page.evaluate((what) => (window as unknown as ClientWindow)[what], what) as Promise<ClientWindow[K]>;
}

/** Texts to send: `prefix-0`, `prefix-1` and so on. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}

export async function signIn(page: Page, userId: string): Promise<void> {
  await page.evaluate((userId) => (window as unknown as ClientWindow).im.login({ userId }), userId);
}

/** Begins to log in, where the server may not be there yet. */
export async function beginSignIn(page: Page, userId: string): Promise<void> {
  await page.evaluate((userId) => void (window as unknown as ClientWindow).im.login({ userId }), userId);
}

/** Whether the page has the connection: `alone`, `leader` or `follower`. */
export function role(page: Page): Promise<string> {
  return page.evaluate(() => (window as unknown as ClientWindow).im.diagnostics().role);
}

/** When the page's client has a role. */
export async function becomes(page: Page, wanted: string): Promise<void> {
  await page.waitForFunction(
    (wanted) => (window as unknown as ClientWindow).im.diagnostics().role === wanted,
    wanted,
  );
}

/** When the page's client is in a state. */
export async function reaches(page: Page, wanted: string): Promise<void> {
  await page.waitForFunction((wanted) => (window as unknown as ClientWindow).im.state === wanted, wanted);
}

/** When the page has shown a text. */
export async function shows(page: Page, text: string): Promise<void> {
  await page.waitForFunction((text) => (window as unknown as ClientWindow).shown.includes(text), text);
}

/** A stand-in for the browser's own: its tabs are all visible while a test drives it. */
export async function setVisible(page: Page, visible: boolean): Promise<void> {
  await page.evaluate(
    (visibilityState) => {
      Object.defineProperty(document, "visibilityState", { value: visibilityState, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    },
    visible ? "visible" : "hidden",
  );
}
