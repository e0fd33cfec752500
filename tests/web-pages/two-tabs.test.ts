//! Two tabs of one user, in one browser.
import { expect, test } from "vitest";
import { DESKTOP } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { ChatPage } from "./support/chat-page.js";

const stage = new Stage();
const { server } = stage;

/** Two tabs in which the user is signed in. */
async function twoTabs(userId: string): Promise<[ChatPage, ChatPage]> {
  const one = await ChatPage.signIn(stage.browser, server, userId, DESKTOP);
  const two = await one.anotherTab(server);
  await two.signIn(userId);
  return [one, two];
}

/** Everything in the open conversation, in the order in which it is shown. */
const everything = (chat: ChatPage) => chat.page.locator(".bubble-text").allTextContents();

test("both tabs show the same history, unread counts and ticks at once", async () => {
  const [one, two] = await twoTabs("alice");
  const bob = await Terminal.chat(server, "bob", "alice");
  bob.say("to both");
  for (const tab of [one, two]) await tab.row("bob").getByText("1 unread").waitFor({ state: "attached" });
  await one.openChat("bob");
  await two.row("bob").getByText("1 unread").waitFor({ state: "detached" });
  await one.say("bob", "from one");
  await two.openChat("bob");
  await two.sent("from one", "Delivered").waitFor();
  await two.say("bob", "from two");
  await one.sent("from two", "Delivered").waitFor();
  await bob.shows("alice: from two");
  expect(bob.heard("alice")).toEqual(["from one", "from two"]);
  for (const tab of [one, two]) expect(await everything(tab)).toEqual(["to both", "from one", "from two"]);
  expect(await one.kicked.count()).toBe(0);
  await one.composer("bob").fill("Half a sen");
  await two.startChat("grace");
  await two.row("bob").getByText("Half a sen").waitFor();
  await two.openChat("bob");
  expect(await two.composer("bob").inputValue()).toBe("Half a sen");
  await bob.leave();
});

test("nothing is lost or doubled where both tabs and the peer write at the same time, and one tab closes", async () => {
  const [one, two] = await twoTabs("carol");
  const dan = await Terminal.chat(server, "dan", "carol");
  await one.startChat("dan");
  await two.startChat("dan");
  const write = async (tab: ChatPage, name: string, count: number) => {
    for (let number = 1; number <= count; number++) await tab.say("dan", `${name} ${number}`);
  };
  for (let number = 1; number <= 20; number++) dan.say(`dan ${number}`);
  await Promise.all([write(one, "one", 10), write(two, "two", 20)]);
  await one.page.locator(".mine", { hasText: "one 10" }).waitFor();
  await one.page.close();
  await two.say("dan", "the end");
  await expect.poll(() => two.page.locator('.mine:not([data-status="delivered"])').count()).toBe(0);
  await dan.shows("carol: the end");
  dan.say("the end, too");
  await two.received("the end, too").waitFor();

  const numbers = (name: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
  const from = (all: string[], name: string) => all.filter((text) => text.startsWith(`${name} `));
  const heard = dan.heard("carol");
  const shown = await everything(two);
  for (const [name, count] of [
    ["one", 10],
    ["two", 20],
  ] as const) {
    expect(from(heard, name)).toEqual(numbers(name, count));
    expect(from(shown, name)).toEqual(numbers(name, count));
  }
  expect(from(shown, "dan")).toEqual(numbers("dan", 20));
  await dan.leave();
});

test("whoever signs out in one tab is signed out in the other", async () => {
  const [one, two] = await twoTabs("erin");
  await one.signOut();
  await two.page.getByLabel("User ID").waitFor();
  await two.signIn("erin");
  await one.signIn("erin");
});
