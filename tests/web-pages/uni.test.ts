//! The uni-app demo, built for H5, against a real server. The build for WeChat is tested with the mini-programs.

import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { PHONE } from "../support/browser.js";
import { serveFolder } from "../support/site.js";
import { Stage } from "../support/stage.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { Terminal } from "../support/terminal.js";
import { ownPage } from "./support/own-page.js";

const BUILD = new URL("../../uni-demo/dist/build/h5/", import.meta.url);
const stage = new Stage();
const { server } = stage;

/** The demo in a browser context of its own. What it throws fails the test. */
async function open(): Promise<Page> {
  const page = await ownPage(stage.browser, { ...PHONE, locale: "en-US" });
  await page.goto(await serveFolder(BUILD));
  return page;
}

async function signIn(page: Page, user: string, peer: string, address = server.addresses.ws): Promise<void> {
  await page.locator("#server input").fill(`ws://${address}/websocket`);
  await page.locator("#user-id input").fill(user);
  await page.locator("#peer input").fill(peer);
  await page.locator("uni-button", { hasText: "Sign in" }).tap();
  await page.locator("#draft").waitFor();
}

/** Whether the field is empty; in the page. */
const emptyDraft = () => document.querySelector<HTMLInputElement>("#draft input")?.value === "";

async function say(page: Page, text: string): Promise<void> {
  await page.locator("#draft input").fill(text);
  await page.locator("uni-button", { hasText: "Send" }).tap();
  // uni-app's field takes a moment over what was typed last.
  await page.waitForFunction(emptyDraft);
}

const sent = (page: Page, text: string, tick: string) =>
  page.locator(".mine", { hasText: text }).getByLabel(tick);

test("the demo talks to a terminal, through a restart, a cut of the network and a reload of the page", async () => {
  const network = await TcpProxy.untilTestEnds(server);
  const page = await open();
  await page.screenshot({ path: "artifacts/uni-sign-in.png" });
  await signIn(page, "uni-alice", "uni-bob", network.address);
  const bob = await Terminal.chat(server, "uni-bob", "uni-alice");
  await say(page, "Hi Bob");
  await bob.shows("uni-alice: Hi Bob");
  await sent(page, "Hi Bob", "Delivered").waitFor();
  bob.say("Hello uni-app");
  await page.locator(".theirs", { hasText: "Hello uni-app" }).waitFor();

  expect(await server.stop()).toBe(0);
  await page.getByText("Reconnecting…").waitFor();
  await say(page, "while it is down");
  await sent(page, "while it is down", "Sending").waitFor();
  await page.screenshot({ path: "artifacts/uni-chat.png" });
  await server.start();
  await sent(page, "while it is down", "Delivered").waitFor();
  await bob.shows("uni-alice: while it is down");

  // As somebody who types fast.
  await page.locator("#draft input").focus();
  await page.keyboard.type("Typed and sent in one go");
  await page.keyboard.press("Enter");
  await bob.shows("uni-alice: Typed and sent in one go");
  await page.waitForFunction(emptyDraft);

  network.cut();
  await page.getByText("Reconnecting…").waitFor();
  await say(page, "while it is cut");
  await sent(page, "while it is cut", "Sending").waitFor();
  network.mend();
  await sent(page, "while it is cut", "Delivered").waitFor();

  await page.reload();
  await signIn(page, "uni-alice", "uni-bob", network.address);
  expect(await page.locator(".bubble").allTextContents()).toEqual([
    "Hi Bob",
    "Hello uni-app",
    "while it is down",
    "Typed and sent in one go",
    "while it is cut",
  ]);
  expect(bob.heard("uni-alice")).toEqual([
    "Hi Bob",
    "while it is down",
    "Typed and sent in one go",
    "while it is cut",
  ]);
  await bob.leave();
});

test("a sign-in elsewhere leads back to the first page, with the reason", async () => {
  const first = await open();
  await signIn(first, "uni-carol", "uni-dave");
  const second = await open();
  await signIn(second, "uni-carol", "uni-dave");
  await first.getByText("logged in elsewhere").waitFor();
  // Ready to be sent as it is.
  expect(await first.locator("#user-id input").inputValue()).toBe("uni-carol");
  await first.screenshot({ path: "artifacts/uni-kicked.png" });
});
