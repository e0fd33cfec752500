//! What everybody must be able to use, in both colour schemes, on a phone and on a desktop.
import { afterAll, beforeAll, expect, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Team } from "../support/team.js";
import { overflow, smallTargets, violations } from "./support/accessible.js";
import { ChatPage } from "./support/chat-page.js";
import { Pictures } from "./support/pictures.js";

const stage = new Stage();
const pictures = new Pictures();
const { server } = stage;
const team = new Team();
const strict = team.serverWithPasswords({ kim: "correct horse" });
beforeAll(() => strict.start());
afterAll(() => strict.stop());

async function checked(chat: ChatPage, what: string, device: "375" | "1280", colorScheme: string) {
  await chat.screenshot(`${what}-${device}-${colorScheme}`);
  expect(await violations(chat.page), what).toEqual([]);
  expect(await overflow(chat.page), what).toBeLessThanOrEqual(0);
  if (device === "375") expect(await smallTargets(chat.page), what).toEqual([]);
}

for (const [device, options] of [
  ["375", PHONE],
  ["1280", DESKTOP],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`signing in with a password, and again, at ${device} px in ${colorScheme}`, async () => {
      const kim = await ChatPage.open(stage.browser, strict, { ...options, colorScheme });
      const check = (what: string) => checked(kim, what, device, colorScheme);
      await kim.secret.waitFor();
      await check("sign-in-password");
      await kim.page.getByRole("button", { name: "Sign in with a token" }).click();
      await kim.submitSignIn("kim", "none");
      await kim.refuses("The server didn’t accept this token for this user ID.");
      await check("sign-in-token");
      await kim.signIn("kim", team.token("kim", "1s"));
      await kim.expired.waitFor();
      await kim.expired.getByLabel("Token").fill("none");
      await kim.expired.getByRole("button", { name: "Sign in" }).click();
      await kim.refuses("The server didn’t accept this token for this user ID.");
      await check("expired");
    });

    test(`every page of the demo at ${device} px in ${colorScheme}`, async () => {
      const name = `ivan-${device}-${colorScheme}`;
      const ivan = await ChatPage.open(stage.browser, server, { ...options, colorScheme });
      const { page } = ivan;
      const check = (what: string) => checked(ivan, what, device, colorScheme);
      await page.getByLabel("User ID").waitFor();
      await check("sign-in");
      await ivan.signIn(name);
      await check("no-chats");
      await page.getByRole("button", { name: "New chat" }).first().click();
      await check("new-chat");
      await page.keyboard.press("Escape");
      await ivan.startChat(name);
      await ivan.say(
        name,
        "Where there is no room: https://example.com/a/very/long/address/that/does/not/end",
      );
      await ivan.received("Where there is no room").waitFor();
      await ivan.sent("Where there is no room", "Delivered").waitFor();
      await ivan.say(name, "🎉");
      await ivan.sendImage(pictures.address("/picture.svg"), "A green field");
      await ivan.sendImage(pictures.address("/gone.png"));
      await page.locator(".theirs .image-broken").waitFor();
      await check("chat");
      await page.getByRole("button", { name: "Emoji" }).click();
      await page.getByRole("region", { name: "Smileys" }).waitFor();
      await check("emoji");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Send an image" }).click();
      await page.getByLabel("Address of the image").fill("nowhere");
      await check("send-image");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Show it large" }).first().click();
      await check("lightbox");
      await page.keyboard.press("Escape");
      await ivan.log.focus();
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await page.getByRole("menu").waitFor();
      await check("menu");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Delete chat" }).click();
      await check("delete-chat");
      await page.keyboard.press("Escape");
      if (options === PHONE) await ivan.backToList();
      await check("list");
      await page.getByLabel("Search chats").fill("nobody");
      await check("nothing-found");
      await page.getByLabel("Search chats").fill("");
      await ivan.openSettings();
      await check("settings");
      await page.getByRole("button", { name: "Diagnostics" }).click();
      await check("diagnostics");
      await ChatPage.signIn(stage.browser, server, name, DESKTOP);
      await ivan.kicked.waitFor();
      await check("kicked");
    });
  }
}

test("the page speaks Chinese to those who read it", async () => {
  const page = (await ChatPage.open(stage.browser, server, { ...PHONE, locale: "zh-CN" })).page;
  await page.getByLabel("用户 ID").fill("judy");
  await page.getByRole("button", { name: "登录" }).click();
  await page.getByRole("heading", { name: "聊天", exact: true }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
});
