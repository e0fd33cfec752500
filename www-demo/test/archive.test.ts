import "fake-indexeddb/auto";
import { afterEach, describe, expect, test } from "vitest";
import type { Archive, Entry, NewEntry } from "../src/archive/archive.js";
import { IndexedArchive } from "../src/archive/indexed.js";
import { MemoryArchive } from "../src/archive/memory.js";

const theirs = (peer: string, fp: string): NewEntry => ({ peer, fp, text: fp, typeu: -1, at: 1 });
const mine = (peer: string, fp: string): NewEntry => ({ ...theirs(peer, fp), status: "sending" });
const fps = (entries: readonly Entry[]) => entries.map(({ fp }) => fp);

let users = 0;

for (const [name, open] of [
  ["IndexedDB", (user: string) => IndexedArchive.open(user)],
  ["memory", async () => new MemoryArchive()],
] as const) {
  describe(`an archive in ${name}`, () => {
    let archive: Archive;
    const fresh = async () => {
      users += 1;
      archive = await open(`user-${users}`);
      return archive;
    };
    afterEach(() => archive.close());

    test("keeps each conversation's messages in the order in which they came, and counts the new ones", async () => {
      const archive = await fresh();
      await archive.add(theirs("bob", "1"), true);
      await archive.add(mine("carol", "2"), false);
      await archive.add(theirs("bob", "3"), true);
      expect(fps(await archive.page("bob", 10))).toEqual(["1", "3"]);
      const all = await archive.conversations();
      expect(all.map(({ peer, last, unread }) => [peer, last?.fp, unread])).toEqual([
        ["bob", "3", 2],
        ["carol", "2", 0],
      ]);
      expect((await archive.markRead("bob"))?.conversation?.unread).toBe(0);
      expect((await archive.markRead("bob"))?.isNew).toBe(false);
      expect(await archive.markRead("nobody")).toBeUndefined();
    });

    test("lists what only the server has, and goes on when its messages come", async () => {
      const archive = await fresh();
      await archive.learn("bob", 2, { ...theirs("bob", "2"), seq: -1 });
      expect(await archive.page("bob", 9)).toEqual([]);
      const all = await archive.conversations();
      expect(all.map(({ last, unread }) => [last?.fp, last?.seq, unread])).toEqual([["2", -1, 2]]);
      await archive.add(theirs("bob", "1"), false);
      const { conversation } = await archive.add(theirs("bob", "2"), false);
      expect(conversation?.unread).toBe(2);
      expect(conversation?.last?.seq).toBeGreaterThan(0);
      const learnt = await archive.learn("bob", 0, { ...theirs("bob", "3"), seq: -1 });
      expect([learnt.conversation?.last?.fp, learnt.conversation?.unread]).toEqual(["2", 0]);
    });

    test("takes a message once, however often it comes", async () => {
      const archive = await fresh();
      const both = await Promise.all([
        archive.add(theirs("bob", "1"), true),
        archive.add(theirs("bob", "1"), true),
      ]);
      expect(both.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(both[0]?.entries).toEqual(both[1]?.entries);
      expect((await archive.conversations())[0]?.unread).toBe(1);
    });

    test("tells two users' messages with the same fingerprint apart, and what one writes to oneself", async () => {
      const archive = await fresh();
      await archive.add(theirs("bob", "1"), true);
      await archive.add(theirs("carol", "1"), true);
      await archive.add(mine("alice", "2"), false);
      await archive.add(theirs("alice", "2"), false);
      expect(await archive.page("carol", 9)).toHaveLength(1);
      expect((await archive.page("alice", 9)).map(({ status }) => status)).toEqual(["sending", undefined]);
    });

    test("gives pages from the end on", async () => {
      const archive = await fresh();
      for (const fp of "abcdefg") await archive.add(theirs("bob", fp), false);
      const last = await archive.page("bob", 3);
      expect(fps(last)).toEqual(["e", "f", "g"]);
      const before = await archive.page("bob", 3, last[0]?.seq);
      expect(fps(before)).toEqual(["b", "c", "d"]);
      expect(fps(await archive.page("bob", 3, before[0]?.seq))).toEqual(["a"]);
      expect(await archive.page("carol", 3)).toEqual([]);
    });

    test("a message's fate changes that message, and the conversation where it is the last", async () => {
      const archive = await fresh();
      await archive.add(mine("bob", "1"), false);
      await archive.add(mine("bob", "2"), false);
      expect(fps(await archive.sending())).toEqual(["1", "2"]);
      const failed = await archive.update("1", { status: "failed", failure: "refused" });
      expect(failed?.conversation?.last?.status).toBe("sending");
      const again = await archive.update("1", { status: "sending" });
      expect(again?.entries[0]).not.toHaveProperty("failure");
      const change = await archive.update("2", { status: "delivered" });
      expect(change?.conversation?.last?.status).toBe("delivered");
      expect(fps(await archive.sending())).toEqual(["1"]);
      expect(await archive.update("unknown", { status: "delivered" })).toBeUndefined();
    });

    test("what is removed is gone, and the one before is the last", async () => {
      const archive = await fresh();
      await archive.add(theirs("bob", "1"), false);
      await archive.add(theirs("bob", "2"), false);
      const [one, two] = (await archive.page("bob", 2)) as [Entry, Entry];
      expect((await archive.remove(two)).conversation?.last?.fp).toBe("1");
      expect((await archive.remove(one)).conversation?.last).toBeUndefined();
      expect(await archive.page("bob", 2)).toEqual([]);
    });

    test("a deleted conversation leaves the others alone", async () => {
      const archive = await fresh();
      await archive.add(theirs("bob", "1"), true);
      await archive.add(theirs("carol", "2"), true);
      expect((await archive.clear("bob")).removed).toHaveLength(1);
      expect((await archive.conversations()).map(({ peer }) => peer)).toEqual(["carol"]);
      expect(await archive.page("bob", 9)).toEqual([]);
    });
  });
}

test("two tabs add to one history, and nothing is lost or doubled", async () => {
  const [one, two] = [await IndexedArchive.open("tabs"), await IndexedArchive.open("tabs")];
  await Promise.all(
    Array.from({ length: 50 }, (_, number) => [
      one.add(theirs("bob", `${number}`), true),
      two.add(theirs("bob", `${number}`), true),
      one.add(mine("bob", `one ${number}`), false),
      two.add(mine("bob", `two ${number}`), false),
    ]).flat(),
  );
  const all = await two.page("bob", 1000);
  expect(all).toHaveLength(150);
  expect(new Set(all.map(({ seq }) => seq)).size).toBe(150);
  expect((await one.conversations())[0]?.unread).toBe(50);
  one.close();
  two.close();
});

test("what another tab has changed is looked up, deletions too", async () => {
  const [one, two] = [await IndexedArchive.open("look"), await IndexedArchive.open("look")];
  await one.add(theirs("bob", "1"), false);
  await one.add(mine("bob", "2"), false);
  const [first, second] = (await one.page("bob", 2)) as [Entry, Entry];
  await one.remove(first);
  await one.update("2", { status: "delivered" });
  const change = await two.look("bob", [first.seq, second.seq]);
  expect(change.removed).toEqual([first.seq]);
  expect(change.entries.map(({ fp, status }) => [fp, status])).toEqual([["2", "delivered"]]);
  one.close();
  two.close();
});

test("memory goes on from what was read before the browser took the database away", async () => {
  const before = await IndexedArchive.open("taken");
  await before.add(theirs("bob", "1"), true);
  const memory = new MemoryArchive(await before.conversations(), await before.page("bob", 9));
  before.close();
  const change = await memory.add(theirs("bob", "2"), true);
  expect(change?.conversation?.unread).toBe(2);
  expect(fps(await memory.page("bob", 9))).toEqual(["1", "2"]);
});
