import "fake-indexeddb/auto";
import { afterEach, expect, test, vi } from "vitest";
import type { Entry, NewEntry } from "../src/archive/archive.js";
import { IndexedArchive } from "../src/archive/indexed.js";

type Tab = typeof import("../src/chats.js") & { mine: import("../src/chats.js").Chats };

const theirs = (fp: string): NewEntry => ({ peer: "bob", fp, text: fp, typeu: -1, at: 1 });
const mine = (fp: string): NewEntry => ({ ...theirs(fp), status: "sending" });
const fps = (entries: readonly Entry[] | undefined) => entries?.map(({ fp }) => fp);

const open: Tab[] = [];

/** The page's modules once more, as another tab has them. */
async function tab(user: string): Promise<Tab> {
  vi.resetModules();
  const modules = await import("../src/chats.js");
  const one = { ...modules, mine: await modules.Chats.open(user) };
  open.push(one);
  return one;
}

afterEach(() => {
  for (const { mine } of open.splice(0)) mine.close();
});

test("what one tab does is seen in the other", async () => {
  const [one, two] = [await tab("a"), await tab("a")];
  await one.mine.add(theirs("1"), true);
  await one.mine.add(mine("2"));
  await expect.poll(() => two.conversations.value[0]?.last?.fp).toBe("2");
  expect(two.unreadCount.value).toBe(1);
  await two.mine.show("bob");
  expect(fps(two.shown.value?.entries)).toEqual(["1", "2"]);

  await two.mine.markRead("bob");
  await expect.poll(() => one.unreadCount.value).toBe(0);
  await one.mine.update("2", { status: "delivered" });
  await expect.poll(() => two.shown.value?.entries[1]?.status).toBe("delivered");
  await one.mine.remove(two.shown.value?.entries[0] as Entry);
  await expect.poll(() => fps(two.shown.value?.entries)).toEqual(["2"]);
  await one.mine.clear("bob");
  await expect.poll(() => two.conversations.value).toEqual([]);
  expect(two.shown.value?.entries).toEqual([]);
});

test("a message that both tabs are told of is new in one of them only", async () => {
  const [one, two] = [await tab("b"), await tab("b")];
  const both = await Promise.all([one.mine.add(theirs("1"), true), two.mine.add(theirs("1"), true)]);
  expect(both.filter(Boolean)).toHaveLength(1);
  await expect.poll(() => [one.unreadCount.value, two.unreadCount.value]).toEqual([1, 1]);
});

test("what a tab did that did not live to tell is seen where it is done again", async () => {
  const two = await tab("f");
  await two.mine.add(theirs("1"), true);
  await two.mine.show("bob");
  const dead = await IndexedArchive.open("f");
  await dead.add(theirs("2"), true);
  await dead.markRead("bob");
  dead.close();
  expect(await two.mine.add(theirs("2"), true)).toBe(false);
  expect(fps(two.shown.value?.entries)).toEqual(["1", "2"]);
  await two.mine.markRead("bob");
  expect(two.unreadCount.value).toBe(0);
});

test("a conversation is read from its end, page by page, and what comes meanwhile is at its end", async () => {
  const archive = await IndexedArchive.open("c");
  for (let number = 1; number <= 200; number++) await archive.add(theirs(`${number}`), false);
  archive.close();
  const one = await tab("c");
  await one.mine.show("bob");
  expect([one.shown.value?.entries[0]?.fp, one.shown.value?.more]).toEqual(["121", true]);
  // The second call finds that the first one has done it.
  await Promise.all([one.mine.showMore(), one.mine.showMore(), one.mine.add(mine("new"))]);
  expect(one.shown.value?.entries[0]?.fp).toBe("41");
  await one.mine.showMore();
  expect([one.shown.value?.entries[0]?.fp, one.shown.value?.more]).toEqual(["1", false]);
  const all = one.shown.value?.entries ?? [];
  expect([all.length, all.at(-1)?.fp]).toEqual([201, "new"]);
});

test("what is unread is read as a whole", async () => {
  const archive = await IndexedArchive.open("d");
  for (let number = 1; number <= 300; number++) await archive.add(theirs(`${number}`), number > 100);
  archive.close();
  const one = await tab("d");
  await one.mine.show("bob");
  expect([one.shown.value?.unread, one.shown.value?.entries.length]).toEqual([200, 220]);
});

test("the conversation with the latest message comes first", async () => {
  const one = await tab("e");
  await one.mine.add({ ...theirs("1"), peer: "bob" });
  await one.mine.add({ ...theirs("2"), peer: "carol" });
  await one.mine.add({ ...theirs("3"), peer: "bob" });
  expect(one.conversations.value.map(({ peer }) => peer)).toEqual(["bob", "carol"]);
});
