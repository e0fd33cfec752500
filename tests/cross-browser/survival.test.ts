//! What outlives a page: its unsent messages, and what it has shown; and several tabs of one user.
import { expect, test } from "vitest";
import { Stage } from "./support/stage.js";

const stage = new Stage();

/** Texts by number. */
const numbered = (count: number) => Array.from({ length: count }, (_, at) => `message ${at}`);

test("a reload in the middle of sending loses nothing, repeats nothing and changes no order", async () => {
  const { network, url } = await stage.network();
  const peer = await stage.peer("bob");
  const page = await stage.user("alice", url);
  const texts = numbered(100);
  await page.run((texts) => Promise.all(texts.slice(0, 50).map((text) => im.send("bob", text))), texts);
  network.hush();
  await page.run((texts) => {
    for (const text of texts.slice(50)) void im.send("bob", text);
  }, texts);
  await page.stored(50);
  await page.reload();
  await page.login("alice", url);
  await page.run(() => im.send("bob", "after the reload"));
  await peer.hears(101);
  expect(peer.texts).toEqual([...texts, "after the reload"]);
});

test("a message that was shown before a reload is not shown again", async () => {
  const peer = await stage.peer("dave");
  const page = await stage.user("carol");
  await peer.im.send("carol", "before");
  await page.hears(1);
  await page.reload();
  await page.login("carol", stage.url);
  await peer.im.send("carol", "after");
  await page.hears(1);
  expect(await page.run(() => texts())).toEqual(["after"]);
});

test("two tabs of a user share one connection, hear the same, and one goes on when the other is closed", async () => {
  const peer = await stage.peer("frank");
  const first = await stage.user("erin");
  const second = await stage.user("erin");
  expect(await first.run(() => im.diagnostics().role)).toBe("leader");
  expect(await second.run(() => im.diagnostics().role)).toBe("follower");
  await peer.im.send("erin", "to both");
  await Promise.all([first.hears(1), second.hears(1)]);
  await first.run(() => im.send("frank", "from the first"));
  await second.run(() => im.send("frank", "from the second"));

  await first.close();
  await second.run(() => im.send("frank", "from the one that is left"));
  await peer.im.send("erin", "to the one that is left");
  await second.hears(2);
  expect(await second.run(() => texts())).toEqual(["to both", "to the one that is left"]);
  expect(peer.texts).toEqual(["from the first", "from the second", "from the one that is left"]);
});
