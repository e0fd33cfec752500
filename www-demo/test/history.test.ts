import { beforeEach, expect, test, vi } from "vitest";
import {
  add,
  conversation,
  type Entry,
  type History,
  load,
  markRead,
  save,
  unsent,
  update,
} from "../src/history.js";

const theirs = (fp: string, at = 1): Entry => ({ fp, text: fp, at });
const mine = (fp: string, at = 1): Entry => ({ fp, text: fp, at, status: "sending" });

test("the conversation with the latest message comes first, and counts what was not looked at", () => {
  let history: History = [];
  history = add(history, "bob", theirs("f1"), true);
  history = add(history, "carol", mine("f2"), false);
  history = add(history, "bob", theirs("f3"), true);
  expect(history.map(({ peer, unread }) => [peer, unread])).toEqual([
    ["bob", 2],
    ["carol", 0],
  ]);
  expect(conversation(markRead(history, "bob"), "bob").unread).toBe(0);
});

test("a message that is there already changes nothing", () => {
  const history = add([], "bob", theirs("f1"), true);
  expect(add(history, "bob", theirs("f1"), true)).toBe(history);
});

test("what one writes to oneself is shown as sent and as received", () => {
  const history = add(add([], "alice", mine("f1"), false), "alice", theirs("f1"), false);
  expect(conversation(history, "alice").entries).toHaveLength(2);
});

test("a message's fate changes that message only", () => {
  const history = add(add([], "bob", mine("f1"), false), "bob", mine("f2"), false);
  const after = update(history, "f1", { status: "delivered" });
  expect(conversation(after, "bob").entries.map(({ status }) => status)).toEqual(["delivered", "sending"]);
  expect(update(history, "unknown", { status: "delivered" })).toBe(history);
});

test("what is still to be sent is found across conversations, the oldest first", () => {
  let history = add([], "bob", mine("f1", 1), false);
  history = add(history, "carol", mine("f2", 2), false);
  history = add(history, "bob", mine("f3", 3), false);
  history = update(history, "f2", { status: "delivered" });
  expect(unsent(history).map(({ peer, entry }) => [peer, entry.fp])).toEqual([
    ["bob", "f1"],
    ["bob", "f3"],
  ]);
});

test("a conversation keeps its last 300 messages", () => {
  let history: History = [];
  for (let number = 0; number < 310; number++) history = add(history, "bob", theirs(`f${number}`), false);
  const { entries } = conversation(history, "bob");
  expect([entries.length, entries[0]?.fp]).toEqual([300, "f10"]);
});

beforeEach(() => {
  const stored = new Map<string, string>();
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, text: string) => stored.set(key, text),
  });
});

test("each user finds again what was kept for them", () => {
  const history = add([], "bob", theirs("f1"), true);
  save("alice", history);
  expect(load("alice")).toEqual(history);
  expect(load("carol")).toEqual([]);
});

test("a browser that keeps nothing, or something broken, is an empty history", () => {
  localStorage.setItem("mobileim-demo/history/alice", "{broken");
  expect(load("alice")).toEqual([]);
  const refuses = () => {
    throw new DOMException("not allowed");
  };
  vi.stubGlobal("localStorage", { getItem: refuses, setItem: refuses });
  save("alice", []);
  expect(load("alice")).toEqual([]);
});
