//! What the admin page tells of what does not go on: events, messages and tokens.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { DESKTOP } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { AdminPage, EVERYTHING, Keys } from "./support/admin-page.js";
import { store } from "./support/api.js";

const keys = new Keys();
const all = keys.make(EVERYTHING);
const reads = keys.make("users:read");
const stage = new Stage(undefined, keys.server(["--data-dir", keys.folder("data")]));
const { server } = stage;

const open = (key = all) => AdminPage.signIn(stage.browser, server, key, DESKTOP);

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `w-${index + 1}`);

test("why events are not taken is told, until they are", async () => {
  let status = 500;
  const backEnd = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(status).end());
  });
  await new Promise<void>((resolve) => backEnd.listen(0, "127.0.0.1", resolve));
  const { port } = backEnd.address() as AddressInfo;
  const secret = "a secret of more than 24 bytes";
  const url = `http://127.0.0.1:${port}/events?key=hidden`;
  const events = ["--events-types", "online", "--events-url", url, "--events-secret", secret];
  const own = keys.server(["--data-dir", keys.folder("events"), ...events]);
  await own.start();
  onTestFinished(async () => {
    await own.stop();
    backEnd.closeAllConnections();
    backEnd.close();
  });
  const admin = await AdminPage.signIn(stage.browser, own, all, DESKTOP);
  const { page } = admin;
  await admin.choose("Webhooks");
  const card = admin.part("Events to your back end");
  await card.getByText("None since the start.").waitFor();
  const alice = await Terminal.chat(own, "alice", "bob");
  onTestFinished(() => alice.leave());
  await card.getByText("It answers with status 500.").waitFor();
  await card.getByText("it answers with status 500", { exact: true }).waitFor();
  await card.getByText("Tried next").waitFor();
  await admin.choose("Overview");
  const trouble = page.getByRole("alert").filter({ hasText: "does not take events" });
  expect(await trouble.textContent()).toBe(
    `the back end at http://127.0.0.1:${port}/events does not take events: it answers with status 500`,
  );
  status = 204;
  await trouble.waitFor({ state: "detached" });
  await admin.choose("Webhooks");
  await card.getByText("Taken again since").waitFor();
  expect(await card.getByText("Tried next").count()).toBe(0);
  const shown = await page.locator("body").innerText();
  expect([secret, "hidden"].filter((text) => shown.includes(text))).toEqual([]);
});

test("why a message waits is told in the reader's language", async () => {
  await store(server, all, "nora", ["why-1", "why-2"]);
  const admin = await open();
  const { page } = admin;
  await admin.openUser("nora");
  await admin.part("What waits").getByRole("link", { name: "Explain: why-2" }).click();
  const why = page.locator(".result .why");
  await expect.poll(() => why.textContent()).toBe("The receiver is offline. 1 message is stored before it.");
  await page.getByRole("button", { name: "Language and appearance" }).click();
  await page.getByLabel("中文").check();
  await page.keyboard.press("Escape");
  await expect.poll(() => why.textContent()).toBe("接收方离线。在它之前存有 1 条消息。");
});

test("all that waits can be read, page by page, however much it is", async () => {
  const fps = numbered(1010);
  await store(server, all, "paul", fps);
  const admin = await open();
  const { page } = admin;
  await admin.openUser("paul");
  const waiting = admin.part("What waits");
  const shown = () => waiting.getByRole("heading", { level: 3 }).allTextContents();
  const found: string[] = [];
  for (let number = 1; ; number += 1) {
    await waiting.getByRole("status").getByText(`Page ${number}`, { exact: true }).waitFor();
    const expected = fps.slice(found.length, found.length + 50);
    await expect.poll(shown).toEqual(expected);
    found.push(...expected);
    const next = waiting.getByRole("button", { name: "Next page" });
    if (found.length === fps.length) {
      expect(await next.isDisabled()).toBe(true);
      break;
    }
    await next.click();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("What waits");
  }
  await waiting.getByRole("button", { name: "Previous page" }).click();
  await expect.poll(shown).toEqual(fps.slice(950, 1000));
  await waiting.getByRole("button", { name: "Remove: w-951" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await expect.poll(shown).toEqual(fps.slice(951, 1001));
});

test("a user's tokens are revoked if one confirms it, and that is taken back", async () => {
  const quinn = await Terminal.chat(server, "quinn", "rosa");
  onTestFinished(() => quinn.leave());
  const admin = await open();
  const { page } = admin;
  await admin.openUser("quinn");
  const tokens = admin.part("Tokens");
  const sessions = admin.part("Sessions");
  const dialog = page.getByRole("alertdialog", { name: "Revoke the tokens of quinn?" });
  await tokens.getByRole("button", { name: "Revoke tokens" }).click();
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await dialog.waitFor({ state: "hidden" });
  await tokens.getByRole("button", { name: "Revoke tokens" }).click();
  await dialog.getByLabel("Code").fill("3");
  await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
  await tokens.getByText(/The server answered 400: .*1025/).waitFor();
  // Neither has done anything.
  await sessions.getByText("udp").waitFor();
  await tokens.getByRole("button", { name: "Revoke tokens" }).click();
  await dialog.getByLabel("Code").fill("2002");
  await dialog.getByLabel("Reason").fill("the password was changed");
  await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
  await page.getByRole("status").getByText("Tokens revoked, and 1 session ended").waitFor();
  await tokens.getByText(/^Tokens that were issued before .* are refused\.$/).waitFor();
  await quinn.shows("* kicked");
  await sessions.getByText("Offline.").waitFor();
  await tokens.getByRole("button", { name: "Take revocation back" }).click();
  await page.getByRole("status").getByText("The tokens are taken again").waitFor();
  await tokens.getByText(/^Tokens that were issued before/).waitFor({ state: "detached" });
  await tokens.getByRole("button", { name: "Take revocation back" }).click();
  await page.getByRole("status").getByText("No tokens were revoked").waitFor();
});

test("a key that may only read does not revoke", async () => {
  const admin = await open(reads);
  await admin.openUser("sam");
  const tokens = admin.part("Tokens");
  await tokens.getByRole("button", { name: "Revoke tokens" }).click();
  await admin.page.getByRole("alertdialog").getByRole("button", { name: "Revoke", exact: true }).click();
  await tokens.getByText("This needs a key with the scope users:write.").waitFor();
});
