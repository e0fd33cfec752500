//! Finding one's way: what is new, what is long, what was begun.
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { ChatPage } from "./support/chat-page.js";

const stage = new Stage();
const { server } = stage;

/** How far the end of the conversation is below what is in sight, in pixels. */
const toEnd = (chat: ChatPage) =>
  chat.log.evaluate((log) => Math.round(log.scrollHeight - log.scrollTop - log.clientHeight));

/** What a busy browser does: what came into sight and out of it since is reported at once, in its order. */
function reportLate(): void {
  window.IntersectionObserver = class extends IntersectionObserver {
    constructor(callback: IntersectionObserverCallback, options?: IntersectionObserverInit) {
      const late: IntersectionObserverEntry[] = [];
      super((entries) => {
        if (late.length === 0) setTimeout(() => callback(late.splice(0), this), 200);
        late.push(...entries);
      }, options);
    }
  };
}

test("of a long conversation the end is read first, and the rest as one scrolls up, without a jump", async () => {
  const alice = await ChatPage.open(stage.browser, server, DESKTOP, async (page) => {
    await page.addInitScript(reportLate);
  });
  await alice.signIn("alice");
  const bob = await Terminal.chat(server, "bob", "alice");
  const count = 300;
  for (let number = 1; number <= count; number++) bob.say(`message ${number}`);
  await alice.row("bob").getByText(`message ${count}`).waitFor();
  await alice.openChat("bob");
  // All of it is read at once as long as it is not marked as read.
  await alice.row("bob").getByText("unread").waitFor({ state: "detached" });
  await alice.page.reload();
  await alice.received(`message ${count}`).waitFor();
  await expect.poll(() => toEnd(alice)).toBeLessThan(2);
  expect((await alice.allReceived()).length).toBeLessThan(count / 2);

  const oldest = await alice.page.locator(".message").first().elementHandle();
  const isAbove = () =>
    alice.page
      .locator(".message")
      .first()
      .evaluate((first, old) => first !== old, oldest);
  await oldest?.scrollIntoViewIfNeeded();
  const before = (await oldest?.boundingBox())?.y;
  await expect.poll(isAbove).toBe(true);
  expect(Math.abs(((await oldest?.boundingBox())?.y ?? 0) - (before ?? 0))).toBeLessThan(2);

  await alice.log.focus();
  const toBeginning = async () => {
    await alice.page.keyboard.press("Home");
    return alice.page.getByText("This is where your chat with bob begins.").isVisible();
  };
  await expect.poll(toBeginning, { timeout: 20_000 }).toBe(true);
  expect(await alice.allReceived()).toEqual(
    Array.from({ length: count }, (_, index) => `message ${index + 1}`),
  );
  await alice.page.getByRole("button", { name: "Go to the latest message" }).click();
  await expect.poll(() => toEnd(alice)).toBeLessThan(2);
  // What is far away costs nothing.
  const isLaidOut = (one: Element) => one.checkVisibility({ contentVisibilityAuto: true });
  await expect.poll(() => alice.page.locator(".message").first().evaluate(isLaidOut)).toBe(false);
  expect(await alice.page.locator(".message").last().evaluate(isLaidOut)).toBe(true);
  await bob.leave();
});

test("a line shows where the new messages begin, and a button counts those that come below", async () => {
  const carol = await ChatPage.signIn(stage.browser, server, "carol", PHONE);
  const dan = await Terminal.chat(server, "dan", "carol");
  for (let number = 1; number <= 30; number++) dan.say(`old ${number}`);
  await carol.row("dan").getByText("old 30").waitFor();
  await carol.openChat("dan");
  await carol.received("old 30").waitFor({ state: "attached" });
  await carol.backToList();
  dan.say("new 1");
  dan.say("new 2");
  await carol.row("dan").getByText("2 unread").waitFor({ state: "attached" });
  await carol.openChat("dan");
  const line = carol.page.locator(".new-line");
  await line.waitFor();
  expect(
    await line.evaluate((one) => one.nextElementSibling?.querySelector(".bubble-text")?.textContent),
  ).toBe("new 1");

  await carol.log.evaluate((log) => log.scrollTo({ top: 0 }));
  await carol.page.getByRole("button", { name: "Go to the latest message" }).waitFor();
  dan.say("below 1");
  dan.say("below 2");
  const button = carol.page.getByRole("button", { name: "2 new messages" });
  await button.waitFor();
  expect(await carol.log.evaluate((log) => log.scrollTop)).toBe(0);
  await carol.screenshot("new-below-375");
  await button.click();
  await button.waitFor({ state: "detached" });
  await expect.poll(() => toEnd(carol)).toBeLessThan(2);
  // It is said to those who listen, too.
  await carol.page.locator("[aria-live=polite]", { hasText: "dan: below 2" }).waitFor({ state: "attached" });
  await dan.leave();
});

test("what was begun is kept for each conversation, through a reload", async () => {
  const erin = await ChatPage.signIn(stage.browser, server, "erin", DESKTOP);
  await erin.startChat("frank");
  await erin.say("frank", "Hello");
  await erin.composer("frank").fill("Half a sen");
  await erin.startChat("grace");
  expect(await erin.composer("grace").inputValue()).toBe("");
  await erin.row("frank").getByText("Draft:").waitFor();
  await erin.composer("grace").fill("Never sent a word");
  await erin.page.reload();
  await erin.row("frank").getByText("Half a sen").waitFor();
  expect(await erin.composer("grace").inputValue()).toBe("Never sent a word");
  await erin.openChat("frank");
  expect(await erin.composer("frank").inputValue()).toBe("Half a sen");
  // There is nothing in this conversation but what was begun.
  await erin.row("grace").getByText("Never sent a word").waitFor();
});

test("chats are searched, walked through and left with the keyboard alone", async () => {
  const heidi = await ChatPage.signIn(stage.browser, server, "heidi", DESKTOP);
  for (const [peer, text] of [
    ["ivan", "About the garden"],
    ["judy", "About the house"],
    ["niaj", "About the garden, too"],
  ] as const) {
    await heidi.startChat(peer);
    await heidi.say(peer, text);
    await heidi.sent(text, "Delivered").waitFor();
  }
  const { keyboard } = heidi.page;
  const focused = () => heidi.page.evaluate(() => document.activeElement?.getAttribute("data-peer"));
  await keyboard.press("Escape");
  await expect.poll(focused).toBe("niaj");
  await keyboard.press("ArrowDown");
  await expect.poll(focused).toBe("judy");
  await keyboard.press("End");
  await expect.poll(focused).toBe("ivan");

  await keyboard.press("Control+k");
  await keyboard.type("garden");
  const names = () => heidi.page.locator(".row-name").allTextContents();
  await expect.poll(names).toEqual(["niaj", "ivan"]);
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await heidi.composer("ivan").waitFor();
  await keyboard.press("Control+k");
  await keyboard.press("Escape");
  await expect.poll(names).toHaveLength(3);
  await keyboard.type("nobody");
  await heidi.page.getByText("No chat matches “nobody”.").waitFor();
});
