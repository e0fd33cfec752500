//! The page as its user wants it.

import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { ChatPage } from "./support/chat-page.js";

const stage = new Stage();
const { server } = stage;

const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

test("the language is changed at once, kept, and the same in all tabs", async () => {
  const alice = await ChatPage.signIn(stage.browser, server, "alice", DESKTOP);
  const tab = await alice.anotherTab(server);
  await alice.openSettings();
  const chinese = alice.page.getByLabel("中文");
  await chinese.check();
  await alice.page.getByRole("heading", { name: "设置" }).waitFor();
  expect(await chinese.evaluate((input) => input === document.activeElement)).toBe(true);
  await tab.page.getByRole("button", { name: "登录" }).waitFor();
  await alice.page.reload();
  await alice.page.getByRole("heading", { name: "设置" }).waitFor();
  expect(await alice.page.locator("html").getAttribute("lang")).toBe("zh-CN");
  await alice.page.getByLabel("English").check();
  await alice.page.getByRole("heading", { name: "Settings" }).waitFor();
  await tab.page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("light and dark can be chosen whatever the system says, and are there before the page is", async () => {
  const bob = await ChatPage.open(stage.browser, server, { ...PHONE, colorScheme: "light" });
  const light = await ground(bob.page);
  await bob.page.getByLabel("Dark").check();
  const dark = await ground(bob.page);
  expect(dark).not.toBe(light);
  // Without its script: as it is painted first.
  await bob.page.route("**/assets/*.js", (route) => route.abort());
  await bob.page.reload();
  expect(await ground(bob.page)).toBe(dark);
  await bob.page.unroute("**/assets/*.js");
  await bob.page.reload();
  await bob.page.getByLabel("Light").check();
  await bob.page.emulateMedia({ colorScheme: "dark" });
  expect(await ground(bob.page)).toBe(light);
  await bob.page.getByLabel("Automatic").last().check();
  expect(await ground(bob.page)).toBe(dark);
});

/** Lets the test decide whether somebody looks at the page, and keeps a list of what it notifies of. */
async function watched(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const world = window as unknown as { visibility: string; notified: string[]; Notification: object };
    world.visibility = "visible";
    world.notified = [];
    Object.defineProperty(document, "visibilityState", { get: () => world.visibility });
    world.Notification = class extends Notification {
      constructor(title: string, options?: NotificationOptions) {
        super(title, options);
        world.notified.push(`${title}: ${options?.body}`);
      }
    };
  });
}

const setVisibility = (page: Page, visibility: "visible" | "hidden") =>
  page.evaluate((visibility) => {
    (window as unknown as { visibility: string }).visibility = visibility;
    document.dispatchEvent(new Event("visibilitychange"));
  }, visibility);

const notified = (page: Page) => page.evaluate(() => (window as unknown as { notified: string[] }).notified);

test("whoever looks away is notified, if they want it, and finds the number in the title", async () => {
  const carol = await ChatPage.open(stage.browser, server, DESKTOP, watched);
  await carol.page.context().grantPermissions(["notifications"]);
  await carol.signIn("carol");
  const dan = await Terminal.chat(server, "dan", "carol");
  await setVisibility(carol.page, "hidden");
  dan.say("before it was wanted");
  await carol.page.waitForFunction(() => document.title === "(1) MobileIM");
  await setVisibility(carol.page, "visible");
  await carol.openSettings();
  await carol.page.getByRole("switch", { name: "Notifications" }).check();
  dan.say("while one looks");
  await carol.row("dan").getByText("2 unread").waitFor({ state: "attached" });
  await setVisibility(carol.page, "hidden");
  dan.say("while nobody looks");
  await carol.page.waitForFunction(() => document.title === "(3) MobileIM");
  await expect.poll(() => notified(carol.page)).toEqual(["dan: while nobody looks"]);
  await setVisibility(carol.page, "visible");
  await carol.openChat("dan");
  await carol.page.waitForFunction(() => document.title === "MobileIM");
  await dan.leave();
});
