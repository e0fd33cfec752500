//! Conversations that the server keeps: groups, history on another device, what is unread, and who types.
import { expect, onTestFinished, test } from "vitest";
import { type BrowserContext, DESKTOP, type Page, PHONE } from "../support/browser.js";
import { Terminal } from "../support/terminal.js";
import { Keys } from "./support/admin-page.js";
import { makeGroup } from "./support/api.js";
import { ChatPage } from "./support/chat-page.js";
import { type ClientWindow, makeClient, send, shows, signIn } from "./support/client-page.js";
import { ClientStage } from "./support/client-stage.js";

const keys = new Keys();
const key = keys.make("groups:write");
const stage = new ClientStage(
  keys.server(["--devices-sessions", "per-device", "--groups-enabled", "--history-direct", "30d"]),
);
const { server } = stage;

interface ConversationWindow extends ClientWindow {
  /** What was told of conversations, in order. */
  told: unknown[];
}

/** A page in which a user is logged in, and which notes what it is told of conversations. */
async function logIn(context: BrowserContext, userId: string): Promise<Page> {
  const page = await stage.openPage(context);
  await makeClient(page, { url: stage.url });
  await page.evaluate(() => {
    const page = window as unknown as ConversationWindow;
    page.told = [];
    page.im.on("typing", ({ with: conversation, by }) => page.told.push(["typing", conversation, by]));
    page.im.on("read", ({ with: conversation, by, seq, unread }) =>
      page.told.push(["read", conversation, by, seq, unread]),
    );
    page.im.on("group", ({ group, joined, left, seq }) =>
      page.told.push(["group", group, joined ?? left, seq]),
    );
  });
  await signIn(page, userId);
  return page;
}

/** When the page has been told this much; and what. */
async function told(page: Page, count: number): Promise<unknown[]> {
  await page.waitForFunction(
    (count) => (window as unknown as ConversationWindow).told.length >= count,
    count,
  );
  return page.evaluate(() => (window as unknown as ConversationWindow).told);
}

test("two pages write in a group, each hears who types, and the user's other device what is read", async () => {
  const alice = await logIn(await stage.newContext(), "alice");
  const tablet = await logIn(await stage.newContext(), "alice");
  const bob = await logIn(await stage.newContext(), "bob");
  await makeGroup(server, key, "#team", ["alice", "bob"]);
  const made = ["group", "#team", { alice: "member", bob: "member" }, 1];
  for (const page of [alice, tablet, bob]) expect(await told(page, 1)).toEqual([made]);
  await send(bob, "#team", ["one", "two"]);
  for (const page of [alice, tablet]) await shows(page, "two");
  const { list, group, mark } = await alice.evaluate(async () => {
    const { im } = window as unknown as ClientWindow;
    const list = await im.conversations();
    return { list, group: await im.group("#team"), mark: await im.markRead("#team", 2) };
  });
  expect(list.conversations).toMatchObject([
    {
      with: "#team",
      name: "The group",
      role: "member",
      lastSeq: 3,
      readSeq: 0,
      unread: 2,
      last: { text: "two" },
    },
  ]);
  expect(group.members).toEqual({ alice: "member", bob: "member" });
  expect(mark).toEqual({ with: "#team", readSeq: 2, unread: 1 });
  expect((await told(tablet, 2))[1]).toEqual(["read", "#team", "alice", 2, 1]);
  await bob.evaluate(() => (window as unknown as ClientWindow).im.typing("#team"));
  expect((await told(alice, 2))[1]).toEqual(["typing", "#team", "bob"]);
  const page = await tablet.evaluate(() => (window as unknown as ClientWindow).im.history("#team"));
  expect(page.messages.map(({ seq, from, text, change }) => [seq, from, change ? "" : text])).toEqual([
    [1, "0", ""],
    [2, "bob", "one"],
    [3, "bob", "two"],
  ]);
});

test("a device that starts empty has a hundred conversations with one question, and another for each that is opened", async () => {
  const writer = await logIn(await stage.newContext(), "writer");
  await writer.evaluate(async () => {
    const { im } = window as unknown as ClientWindow;
    const to = Array.from({ length: 100 }, (_, index) => `reader-${index}`);
    await Promise.all(to.flatMap((one) => [im.send(one, `first to ${one}`), im.send(one, `to ${one}`)]));
  });
  const context = await stage.newContext();
  const asked: string[] = [];
  const empty = await stage.openPage(context);
  empty.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => asked.push(...(String(payload).match(/"type":30\b/g) ?? []))),
  );
  await makeClient(empty, { url: stage.url });
  await signIn(empty, "writer");
  const { all, history } = await empty.evaluate(async () => {
    const { im } = window as unknown as ClientWindow;
    const all = [];
    for (let before: number | undefined; all.length === 0 || before !== undefined; ) {
      const page = await im.conversations(before === undefined ? { limit: 200 } : { limit: 200, before });
      all.push(...page.conversations);
      before = page.next;
    }
    return { all, history: await im.history("reader-7") };
  });
  expect(all.map((one) => one.last?.text).sort()).toEqual(
    Array.from({ length: 100 }, (_, index) => `to reader-${index}`).sort(),
  );
  expect(all.every(({ unread, lastSeq }) => unread === 0 && lastSeq === 2)).toBe(true);
  expect(history.messages.map(({ text }) => text)).toEqual(["first to reader-7", "to reader-7"]);
  // For the list one, or two, and one for the history.
  expect([2, 3]).toContain(asked.length);
});

test("the demo page lists conversations with what is unread, shows their history, and who types", async () => {
  const ivan = await Terminal.chat(server, "ivan", "#club");
  onTestFinished(() => ivan.leave());
  await makeGroup(server, key, "#club", ["heidi", "ivan", "judy"]);
  await ivan.shows("* #club: heidi is in, ivan is in, judy is in, it is The group");
  for (const text of ["one", "two", "three"]) {
    ivan.say(text);
    await ivan.shows(`✓ #club: ${text}`);
  }
  const desk = await ChatPage.signIn(stage.browser, server, "heidi", DESKTOP);
  await desk.row("The group").getByText("3 unread").waitFor();
  await desk.row("The group").getByText("The group").waitFor();
  await desk.screenshot("conversations");
  await desk.openChat("The group");
  await desk.received("three").waitFor();
  expect(await desk.allReceived()).toEqual(["one", "two", "three"]);
  await desk.row("The group").getByText("3 unread").waitFor({ state: "detached" });
  const judy = await logIn(await stage.newContext(), "judy");
  await judy.evaluate(() => (window as unknown as ClientWindow).im.typing("#club"));
  await desk.page.getByText("judy is typing…").waitFor();
  await desk.screenshot("conversations-typing");
  await send(judy, "#club", ["four"]);
  await desk.received("four").waitFor();
  await desk.say("The group", "five");
  await ivan.shows("heidi in #club: five");

  const phone = await ChatPage.signIn(stage.browser, server, "heidi", PHONE);
  await phone.openChat("The group");
  await phone.sent("five", "Delivered").waitFor();
  expect(await phone.allReceived()).toEqual(["one", "two", "three", "four"]);
  await phone.screenshot("conversations-phone");
});
