//! The drop-in for MobileIMSDK's client, by its script tag.
import { expect, test } from "vitest";
import type { Page } from "./support/page.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

/** When a callback was called this often. */
const called = (page: Page, name: string, times = 1) =>
  page.until((name, times) => calls.filter((call) => call === name).length >= times, name, times);

/** Logs in with the globals of the script. */
async function login(page: Page, userId: string | number, url = stage.url): Promise<void> {
  await page.run(
    (loginUserId, url) => IMSDK.loginImpl({ loginUserId, loginToken: "a-token" }, url, false),
    userId,
    url,
  );
}

/** Sends texts as an application does: makes the message, shows it, hands it in. */
async function send(page: Page, from: string | number, to: string, ...texts: string[]): Promise<void> {
  await page.run(
    (from, to, texts) => {
      for (const text of texts) IMSDK.sendData(MBProtocalFactory.createCommonDataSimple(text, from, to, -1));
    },
    from,
    to,
    texts,
  );
}

test("a page logs in, chats through a cut of the network and a restart of the server, and hears of each", async () => {
  const { network, url } = await stage.network();
  const peer = await stage.peer("imsdk-bob");
  const page = await stage.page("imsdk");
  await login(page, 1001, url);
  await called(page, "onIMAfterLoginSucess");
  await send(page, 1001, "imsdk-bob", "one", "two");
  await called(page, "onMessagesBeReceived", 2);
  network.cut();
  await called(page, "onIMDisconnected");
  await send(page, 1001, "imsdk-bob", "three");
  network.mend();
  await called(page, "onIMReconnectSucess");
  await called(page, "onMessagesBeReceived", 3);
  expect(await stage.server.stop()).toBe(0);
  await called(page, "onIMDisconnected", 2);
  await stage.server.start();
  await called(page, "onIMReconnectSucess", 2);
  await peer.im.send("1001", "你好 😀");
  await page.until(() => received.length >= 1);
  expect(await page.run(() => received)).toEqual(["你好 😀"]);
  expect(peer.texts).toEqual(["one", "two", "three"]);
});

test("a kick is told twice: as what it is, and as the end of the link", async () => {
  const page = await stage.page("imsdk");
  await login(page, "imsdk-carol");
  await called(page, "onIMAfterLoginSucess");
  await stage.peer("imsdk-carol");
  await called(page, "onIMDisconnected");
  expect(await page.run(() => [IMSDK.isLogined(), IMSDK.isOnline()])).toEqual([true, false]);
  expect(await page.run(() => calls)).toEqual(["onIMAfterLoginSucess", "onIMKickout", "onIMDisconnected"]);
  await login(page, "imsdk-carol");
  await called(page, "onIMAfterLoginSucess", 2);
});

test("a message that was under way when the page was reloaded arrives once, and what a logout gave up does not", async () => {
  const { network, url } = await stage.network();
  const peer = await stage.peer("imsdk-erin");
  const page = await stage.page("imsdk");
  await login(page, "imsdk-dave", url);
  await called(page, "onIMAfterLoginSucess");
  network.hush();
  await send(page, "imsdk-dave", "imsdk-erin", "under way");
  await page.stored(1);
  await page.reload();
  await login(page, "imsdk-dave", url);
  await called(page, "onMessagesBeReceived");
  await page.run(() => IMSDK.disconnectSocket());
  await page.reload();
  await login(page, "imsdk-dave", url);
  await send(page, "imsdk-dave", "imsdk-erin", "afterwards");
  await peer.hears(2);
  expect(peer.texts).toEqual(["under way", "afterwards"]);
});
