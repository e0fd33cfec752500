//! What a message can be, and what one can do with it.

import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { ChatPage } from "./support/chat-page.js";
import { Pictures } from "./support/pictures.js";

const stage = new Stage();
const pictures = new Pictures();
const { server } = stage;

const height = (page: Page) => page.locator(".messages").evaluate((element) => element.scrollHeight);

/** Whether the image in an element was loaded. */
const isLoaded = (page: Page, selector: string) =>
  page.waitForFunction((selector) => {
    const image = document.querySelector<HTMLImageElement>(selector);
    return image?.complete && image.naturalWidth > 0;
  }, selector);

test("an image is sent by its address, shown where there was room for it, and large on a click", async () => {
  const alice = await ChatPage.signIn(stage.browser, server, "alice", PHONE);
  const bob = await ChatPage.signIn(stage.browser, server, "bob", DESKTOP);
  await alice.startChat("bob");
  await alice.sendImage(pictures.address("/picture.svg"), "A green field");
  await alice.sent("A green field", "Delivered").waitFor();
  await bob.row("alice").getByText("A green field").waitFor();
  await bob.openChat("alice");
  const before = await height(bob.page);
  await isLoaded(bob.page, ".theirs img");
  expect(await height(bob.page)).toBe(before);

  await bob.page.getByRole("button", { name: "Image: A green field. Show it large" }).click();
  const large = bob.page.getByRole("dialog", { name: "A green field" });
  await isLoaded(bob.page, ".lightbox img");
  await bob.screenshot("lightbox-1280");
  await bob.page.keyboard.press("Escape");
  await large.waitFor({ state: "hidden" });
  expect(pictures.requests.map(({ referrer }) => referrer)).not.toContain(server.page);
});

test("an image's address that is pasted can be sent as an image, and one that leads nowhere says so", async () => {
  const carol = await ChatPage.signIn(stage.browser, server, "carol", PHONE);
  await carol.startChat("dan");
  const suggestion = carol.page.getByRole("button", { name: "Send it as an image" });
  await carol.composer("dan").fill("https://example.com/page");
  expect(await suggestion.count()).toBe(0);
  await carol.composer("dan").fill(pictures.address("/gone.png"));
  await suggestion.click();
  await carol.page.getByRole("dialog").getByText("No image there").waitFor();
  const address = carol.page.getByLabel("Address of the image");
  await address.fill("javascript:alert(1)");
  await carol.page.getByText("That is no address of a web page").waitFor();
  expect(await carol.page.getByRole("dialog").getByRole("button", { name: "Send" }).isDisabled()).toBe(true);
  await address.fill(pictures.address("/gone.png"));
  await address.press("Enter");
  await carol.page.locator(".mine .image-broken").waitFor();
  expect(await carol.composer("dan").inputValue()).toBe("");
});

test("an image from another application is its address, and ours is one there", async () => {
  const erin = await ChatPage.signIn(stage.browser, server, "erin", DESKTOP);
  const frank = await Terminal.chat(server, "frank", "erin");
  await erin.startChat("frank");
  await erin.sendImage(pictures.address("/picture.svg"));
  await frank.shows(`erin: ${pictures.address("/picture.svg")}`);
  await frank.leave();
});

test("addresses in a text can be followed, in a tab that knows nothing of this one", async () => {
  const grace = await ChatPage.signIn(stage.browser, server, "grace", DESKTOP);
  await grace.startChat("grace");
  await grace.say("grace", `Look: ${pictures.address("/picture.svg")}, or javascript:alert(1)`);
  const link = grace.received("Look:").getByRole("link");
  await link.waitFor();
  expect(await link.allTextContents()).toEqual([pictures.address("/picture.svg")]);
  const opened = grace.page.context().waitForEvent("page");
  await link.click();
  const tab = await opened;
  await tab.waitForLoadState();
  expect(await tab.evaluate(() => window.opener)).toBeNull();
});

test("emoji are picked with the keyboard, by name and by arrow keys, and alone they are large", async () => {
  const heidi = await ChatPage.signIn(stage.browser, server, "heidi", DESKTOP);
  await heidi.startChat("ivan");
  const { keyboard } = heidi.page;
  await heidi.page.getByRole("button", { name: "Emoji" }).press("Enter");
  const search = heidi.page.getByLabel("Search emoji");
  await search.fill("party");
  await search.press("Enter");
  await search.fill("");
  await search.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowRight");
  const focused = () => heidi.page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  await expect.poll(focused).not.toBe("grinning face");
  await keyboard.press("Home");
  await expect.poll(focused).toBe("grinning face");
  await keyboard.press("Enter");
  await keyboard.press("Escape");
  await search.waitFor({ state: "detached" });
  expect(await heidi.composer("ivan").inputValue()).toBe("🥳😀");
  await heidi.composer("ivan").press("Enter");
  await heidi.sent("🥳😀", "Delivered").waitFor();
  expect(await heidi.page.locator(".large .bubble-text").textContent()).toBe("🥳😀");
  await heidi.page.getByRole("button", { name: "Emoji" }).click();
  await heidi.page.getByRole("region", { name: "Lately used" }).getByRole("button").first().waitFor();
});

test("a message is copied, and deleted here, with the keyboard alone", async () => {
  const judy = await ChatPage.signIn(stage.browser, server, "judy", DESKTOP);
  await judy.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await judy.startChat("mallory");
  await judy.say("mallory", "Keep me");
  await judy.say("mallory", "Copy and delete me");
  await judy.sent("Copy and delete me", "Delivered").waitFor();
  const { keyboard } = judy.page;
  await judy.log.focus();
  await keyboard.press("ArrowUp");
  await keyboard.press("Enter");
  await judy.page.getByRole("menu").waitFor();
  await keyboard.press("Enter");
  await judy.page.getByText("Copied").waitFor();
  expect(await judy.page.evaluate(() => navigator.clipboard.readText())).toBe("Copy and delete me");
  await keyboard.press("Enter");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await judy.sent("Copy and delete me", "Delivered").waitFor({ state: "detached" });
  await judy.page.reload();
  await judy.sent("Keep me", "Delivered").waitFor();
  expect(await judy.allSent()).toEqual(["Keep me"]);
});

test("a finger opens a message's menu, and a conversation is deleted after a question", async () => {
  const niaj = await ChatPage.signIn(stage.browser, server, "niaj", PHONE);
  await niaj.startChat("olivia");
  await niaj.say("olivia", "Tap me");
  await niaj.sent("Tap me", "Delivered").waitFor();
  await niaj.page.locator(".mine .bubble").tap();
  await niaj.page.getByRole("menuitem", { name: "Copy" }).waitFor();
  await niaj.page.keyboard.press("Escape");
  await niaj.page.getByRole("menu").waitFor({ state: "hidden" });
  await niaj.page.getByRole("button", { name: "Delete chat" }).click();
  await niaj.page.getByRole("alertdialog").getByRole("button", { name: "Delete" }).click();
  await niaj.page.getByText("No chats yet").waitFor();
  await niaj.page.reload();
  await niaj.page.getByText("No chats yet").waitFor();
});
