//! The demo page in two browsers and a native client over UDP, against a real server.
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { ChatPage } from "./support/chat-page.js";

const stage = new Stage();
const { server } = stage;

test("two pages and a terminal talk to each other, through a restart of the server", async () => {
  const alice = await ChatPage.signIn(stage.browser, server, "alice", PHONE);
  const bob = await ChatPage.signIn(stage.browser, server, "bob", DESKTOP);
  const carol = await Terminal.chat(server, "carol", "alice");

  await alice.startChat("bob");
  await alice.say("bob", "Hi Bob");
  await alice.sent("Hi Bob", "Delivered").waitFor();
  await bob.openChat("alice");
  await bob.received("Hi Bob").waitFor();
  await bob.say("alice", "Hi Alice");
  await alice.received("Hi Alice").waitFor();
  await bob.sent("Hi Alice", "Delivered").waitFor();

  carol.say("Hello from a terminal");
  await alice.backToList();
  await alice.row("carol").getByText("1 unread").waitFor({ state: "attached" });
  await alice.openChat("carol");
  await alice.received("Hello from a terminal").waitFor();
  await alice.say("carol", "Hello from a page");
  await carol.shows("alice: Hello from a page");
  await alice.sent("Hello from a page", "Delivered").waitFor();
  await carol.shows("✓ alice: Hello from a terminal");

  expect(await server.stop()).toBe(0);
  await Promise.all([
    alice.reconnecting.waitFor(),
    bob.reconnecting.waitFor(),
    carol.shows("* reconnecting"),
  ]);
  await alice.say("carol", "page, while it is down");
  await bob.say("alice", "first, while it is down");
  await bob.say("alice", "second, while it is down");
  carol.say("terminal first, while it is down");
  carol.say("terminal second, while it is down");
  await bob.sent("second, while it is down", "Sending").waitFor();
  await bob.screenshot("reconnecting-1280");

  await server.start();
  await Promise.all([alice, bob].map(({ reconnecting }) => reconnecting.waitFor({ state: "detached" })));
  await alice.sent("page, while it is down", "Delivered").waitFor();
  await carol.shows("✓ alice: terminal second, while it is down");
  await bob.sent("second, while it is down", "Delivered").waitFor();
  // Something to wait for, after which nothing else can come.
  await alice.say("carol", "page, afterwards");
  await carol.shows("alice: page, afterwards");
  carol.say("terminal, afterwards");
  await alice.received("terminal, afterwards").waitFor();
  expect(carol.heard("alice")).toEqual(["Hello from a page", "page, while it is down", "page, afterwards"]);
  expect(await alice.allReceived()).toEqual([
    "Hello from a terminal",
    "terminal first, while it is down",
    "terminal second, while it is down",
    "terminal, afterwards",
  ]);
  await alice.screenshot("chat-375");
  await alice.backToList();
  await alice.openChat("bob");
  expect(await alice.allReceived()).toEqual([
    "Hi Alice",
    "first, while it is down",
    "second, while it is down",
  ]);
  await carol.leave();
});

test("a second sign-in sends the first away, which can come back", async () => {
  const first = await ChatPage.signIn(stage.browser, server, "dave", PHONE);
  const second = await ChatPage.signIn(stage.browser, server, "dave", DESKTOP);
  await first.kicked.waitFor();
  await first.screenshot("kicked-375");
  await first.page.getByRole("button", { name: "Sign in here again" }).click();
  await first.kicked.waitFor({ state: "detached" });
  await second.kicked.waitFor();
  await first.startChat("dave");
  await first.say("dave", "Note to self");
  await first.sent("Note to self", "Delivered").waitFor();
  await first.received("Note to self").waitFor();
});

test("Enter sends, Shift and Enter begin a new line, and the field grows with it", async () => {
  const grace = await ChatPage.signIn(stage.browser, server, "grace", DESKTOP);
  await grace.startChat("heidi");
  const composer = grace.composer("heidi");
  const height = async () => (await composer.boundingBox())?.height ?? 0;
  const before = await height();
  await composer.pressSequentially("one");
  await composer.press("Shift+Enter");
  await composer.pressSequentially("two");
  expect(await height()).toBeGreaterThan(before);
  await composer.press("Enter");
  await grace.sent("two", "Delivered").waitFor();
  expect(await grace.allSent()).toEqual(["one\ntwo"]);
  expect(await composer.inputValue()).toBe("");
  expect(await height()).toBe(before);
});

test("the field is as high as its text in any window, and scrolls only past a third of it", async () => {
  const ivan = await ChatPage.signIn(stage.browser, server, "ivan", DESKTOP);
  await ivan.startChat("judy");
  const composer = ivan.composer("judy");
  const look = () =>
    composer.evaluate((field) => ({
      height: field.clientHeight,
      hidden: field.scrollHeight - field.clientHeight,
    }));
  const line = await look();
  expect(line.hidden).toBe(0);
  await composer.fill("Some words more than fit. ".repeat(12));
  const wide = await look();
  expect(wide).toEqual({ height: expect.toSatisfy((height) => height > 2 * line.height), hidden: 0 });
  await ivan.page.setViewportSize({ width: 900, height: 800 });
  const narrow = await look();
  expect(narrow).toEqual({ height: expect.toSatisfy((height) => height > wide.height), hidden: 0 });
  await ivan.page.setViewportSize({ width: 375, height: 800 });
  const phone = await look();
  expect(phone.hidden).toBeGreaterThan(0);
  expect(phone.height).toBeLessThan(800 * 0.34);
  await ivan.page.setViewportSize(DESKTOP.viewport);
  expect(await look()).toEqual(wide);
  await composer.fill("");
  expect(await look()).toEqual(line);
});
