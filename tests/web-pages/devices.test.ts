//! A user with several devices: browsers, and tabs of one.
import { expect, onTestFinished, test } from "vitest";
import { type BrowserContext, DESKTOP, type Page } from "../support/browser.js";
import { Terminal } from "../support/terminal.js";
import { Keys } from "./support/admin-page.js";
import { devices } from "./support/api.js";
import { ChatPage } from "./support/chat-page.js";
import { type ClientWindow, look, makeClient, send, shows, signIn } from "./support/client-page.js";
import { ClientStage } from "./support/client-stage.js";

const keys = new Keys();
const key = keys.make("users:read");
const stage = new ClientStage(keys.server(["--devices-sessions", "per-device"]));
const { server } = stage;

interface DeviceWindow extends ClientWindow {
  /** Each message, such as "bob > alice: hi", with an asterisk before those from the user's other devices. */
  heard: string[];
}

/** Notes what the page's client hears from now on. */
async function hears(page: Page): Promise<void> {
  await page.evaluate(() => {
    const page = window as unknown as DeviceWindow;
    page.heard = [];
    page.im.on("message", ({ from, to, text, own }) =>
      page.heard.push(`${own ? "*" : ""}${from} > ${to}: ${text}`),
    );
  });
}

/** A page in which a user is logged in. */
async function logIn(context: BrowserContext, userId: string): Promise<Page> {
  const page = await stage.openPage(context);
  await makeClient(page, { url: stage.url });
  await hears(page);
  await signIn(page, userId);
  return page;
}

const heard = (page: Page) => page.evaluate(() => (window as unknown as DeviceWindow).heard);

/** The name of the page's device. */
const device = (page: Page) =>
  page.evaluate(() => (window as unknown as ClientWindow).im.diagnostics().device);

test("two browsers of a user get each message once, each sees what the other sent, and neither is kicked out", async () => {
  const desk = await logIn(await stage.newContext(), "alice");
  const phone = await logIn(await stage.newContext(), "alice");
  const bob = await logIn(await stage.newContext(), "bob");
  await send(desk, "bob", ["desk: hi"]);
  await shows(bob, "desk: hi");
  await shows(phone, "desk: hi");
  await send(phone, "bob", ["phone: hi"]);
  await shows(desk, "phone: hi");
  await send(bob, "alice", ["both: hi", "last: bye"]);
  for (const page of [desk, phone]) await shows(page, "last: bye");
  expect(await heard(desk)).toEqual([
    "*alice > bob: phone: hi",
    "bob > alice: both: hi",
    "bob > alice: last: bye",
  ]);
  expect(await heard(phone)).toEqual([
    "*alice > bob: desk: hi",
    "bob > alice: both: hi",
    "bob > alice: last: bye",
  ]);
  expect(await heard(bob)).toEqual(["alice > bob: desk: hi", "alice > bob: phone: hi"]);
  for (const page of [desk, phone]) expect(await look(page, "kicked")).toBe(0);
});

test("a browser that was closed gets what came meanwhile, once, as it still is the same device", async () => {
  const context = await stage.newContext();
  const away = await logIn(context, "carol");
  const name = await device(away);
  expect(name).toMatch(/^[\da-z]{1,7}-[\da-z]{1,7}$/);
  const other = await logIn(await stage.newContext(), "carol");
  const both = [name, await device(other)];
  expect(await devices(server, key, "carol")).toEqual(both);
  const dan = await logIn(await stage.newContext(), "dan");
  await send(dan, "carol", ["before"]);
  for (const page of [away, other]) await shows(page, "before");
  await away.close();
  await send(dan, "carol", ["meanwhile"]);
  await shows(other, "meanwhile");
  await send(other, "dan", ["answered"]);
  await shows(dan, "answered");

  const back = await logIn(context, "carol");
  expect(await device(back)).toBe(name);
  await shows(back, "answered");
  expect(await heard(back)).toEqual(["dan > carol: meanwhile", "*carol > dan: answered"]);
  await back.reload();
  await makeClient(back, { url: stage.url });
  await hears(back);
  await signIn(back, "carol");
  await send(dan, "carol", ["afterwards"]);
  for (const page of [back, other]) await shows(page, "afterwards");
  expect(await heard(back)).toEqual(["dan > carol: afterwards"]);
  expect(await heard(other)).toEqual([
    "dan > carol: before",
    "dan > carol: meanwhile",
    "dan > carol: afterwards",
  ]);
  expect(await devices(server, key, "carol")).toEqual(both);
});

test("tabs of a new browser that begin at once are one device, for all users", async () => {
  const context = await stage.newContext();
  const pages = await Promise.all(Array.from({ length: 4 }, () => stage.openPage(context)));
  await Promise.all(pages.map((page) => makeClient(page, { url: stage.url })));
  const names = await Promise.all(pages.map(device));
  expect(names[0]).toMatch(/^[\da-z]{1,7}-[\da-z]{1,7}$/);
  expect(new Set(names).size).toBe(1);
});

test("a page that may not store anything names no device, and works", async () => {
  const context = await stage.newContext();
  await context.addInitScript(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("denied", "SecurityError");
    };
  });
  const page = await logIn(context, "erin");
  expect(await device(page)).toBeUndefined();
  await send(page, "erin", ["to myself"]);
  await shows(page, "to myself");
  expect(await heard(page)).toEqual(["erin > erin: to myself"]);
});

test("the demo page shows what was sent from another device on the right side of the right conversation", async () => {
  const desk = await ChatPage.signIn(stage.browser, server, "frank", DESKTOP);
  const phone = await ChatPage.signIn(stage.browser, server, "frank", DESKTOP);
  const grace = await Terminal.chat(server, "grace", "frank");
  onTestFinished(() => grace.leave());
  await desk.startChat("grace");
  await desk.say("grace", "from the desk");
  await desk.sent("from the desk", "Delivered").waitFor();
  await grace.shows("frank: from the desk");
  grace.say("to both");
  await desk.received("to both").waitFor();
  await phone.openChat("grace");
  await phone.received("to both").waitFor();
  await phone.sent("from the desk", "Delivered").waitFor();
  await phone.say("grace", "from the phone");
  await desk.sent("from the phone", "Delivered").waitFor();
  for (const page of [desk, phone]) {
    expect(await page.allSent()).toEqual(["from the desk", "from the phone"]);
    expect(await page.allReceived()).toEqual(["to both"]);
    expect(await page.row("frank").count()).toBe(0);
    expect(await page.kicked.count()).toBe(0);
  }
});

test("the demo page says from when on messages are only on the user's other devices", async () => {
  const own = keys.server(["--devices-sessions", "per-device", "--max-stored", "2"]);
  await own.start();
  onTestFinished(async () => {
    await own.stop();
  });
  const away = await ChatPage.signIn(stage.browser, own, "heidi", DESKTOP);
  const other = await ChatPage.signIn(stage.browser, own, "heidi", DESKTOP);
  const ivan = await Terminal.chat(own, "ivan", "heidi");
  onTestFinished(() => ivan.leave());
  await away.page.goto("about:blank");
  for (const text of ["one", "two", "three", "four"]) {
    ivan.say(text);
    await ivan.shows(`✓ heidi: ${text}`);
  }
  await other.openChat("ivan");
  await other.received("four").waitFor();
  await away.page.goto(own.page);
  const told = away.page.getByText(/the messages since .* are only on your other devices/);
  await told.waitFor();
  await away.screenshot("missed");
  await away.openChat("ivan");
  await away.received("one").waitFor();
  expect(await away.allReceived()).not.toContain("four");
  await away.page.getByRole("status").getByRole("button", { name: "Close" }).click();
  await told.waitFor({ state: "detached" });
  ivan.say("five");
  await away.received("five").waitFor();
});
