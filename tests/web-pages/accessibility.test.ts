//! What everybody must be able to use, in both colour schemes, on a phone and on a desktop.
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { ChatPage } from "./support/chat-page.js";
import { Pictures } from "./support/pictures.js";

const stage = new Stage();
const pictures = new Pictures();
const { server } = stage;

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong, in words. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const results = await page.evaluate(() => (window as unknown as { axe: { run(): AxeResults } }).axe.run());
  return results.violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`));
}

/** What is smaller than a finger needs, though one taps it. Links in a text are as high as the text. */
async function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const targets = [
      ...document.querySelectorAll<HTMLElement>("button, input, textarea, summary, label:has(input)"),
    ];
    const visible = targets.filter((one) =>
      one.checkVisibility({ visibilityProperty: true, opacityProperty: true }),
    );
    return visible
      .filter((one) => one.closest("label") === null || one.matches("label"))
      .map((one) => ({ one, at: one.getBoundingClientRect() }))
      .filter(({ at }) => at.width < 44 || at.height < 44)
      .map(({ one, at }) => `${one.outerHTML.slice(0, 120)} is ${at.width} × ${at.height}`);
  });
}

async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

for (const [device, options] of [
  ["375", PHONE],
  ["1280", DESKTOP],
] as const) {
  for (const colorScheme of ["light", "dark"] as const) {
    test(`every page of the demo at ${device} px in ${colorScheme}`, async () => {
      const name = `ivan-${device}-${colorScheme}`;
      const ivan = await ChatPage.open(stage.browser, server, { ...options, colorScheme });
      const { page } = ivan;
      const check = async (what: string) => {
        await ivan.screenshot(`${what}-${device}-${colorScheme}`);
        expect(await violations(page), what).toEqual([]);
        expect(await overflow(page), what).toBeLessThanOrEqual(0);
        if (options === PHONE) expect(await smallTargets(page), what).toEqual([]);
      };
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
