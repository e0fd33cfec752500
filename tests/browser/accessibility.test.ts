//! What everybody must be able to use, in both colour schemes, on a phone and on a desktop.
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "./support/browser.js";
import { ChatPage } from "./support/chat-page.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
const { server } = stage;

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe finds wrong, in words. */
async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axePath });
  const results = await page.evaluate(() => (window as unknown as { axe: { run(): AxeResults } }).axe.run());
  return results.violations.flatMap(({ help, nodes }) => nodes.map(({ html }) => `${help}: ${html}`));
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
      const check = async (what: string) => {
        await ivan.screenshot(`${what}-${device}-${colorScheme}`);
        expect(await violations(ivan.page), what).toEqual([]);
        expect(await overflow(ivan.page), what).toBeLessThanOrEqual(0);
      };
      await check("sign-in");
      await ivan.signIn(name);
      await check("no-chats");
      await ivan.page.getByRole("button", { name: "New chat" }).first().click();
      await check("new-chat");
      await ivan.page.keyboard.press("Escape");
      await ivan.startChat(name);
      await ivan.say(
        name,
        "Where there is no room: https://example.com/a/very/long/address/that/does/not/end",
      );
      await ivan.received("Where there is no room").waitFor();
      await ivan.sent("Where there is no room", "Delivered").waitFor();
      await check("chat");
      if (options === PHONE) {
        await ivan.backToList();
        await check("list");
      }
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
