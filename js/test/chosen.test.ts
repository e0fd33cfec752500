/** Which messages `useMessages` gives. */
import { expect, test } from "vitest";
import type { Message } from "../src/entries/node.js";
import { chosen } from "../src/hooks/client-owner.js";

const message = (from: string, to: string): Message => ({
  from,
  to,
  text: `${from} to ${to}`,
  qos: true,
  typeu: -1,
  bridge: false,
});

/** What 1000 hears: from two others, and what they sent themselves on another device. */
const HEARD: Message[] = [
  message("1001", "1000"),
  message("1002", "1000"),
  { ...message("1000", "1001"), own: true },
  { ...message("1000", "1002"), own: true },
];

const texts = (options: Parameters<typeof chosen>[0]) =>
  HEARD.filter(chosen(options).has).map(({ text }) => text);

test("a conversation has what the other one sent and what the user sent them; `from` has one side only", () => {
  expect(texts({})).toEqual(HEARD.map(({ text }) => text));
  expect(texts({ with: 1001 })).toEqual(["1001 to 1000", "1000 to 1001"]);
  expect(texts({ from: 1001 })).toEqual(["1001 to 1000"]);
  expect(texts({ with: 1001, from: 1000 })).toEqual(["1000 to 1001"]);
  expect(texts({ with: "" })).toEqual([]);
});

test("equal choices have equal keys, whatever the limit, and others have others", () => {
  expect(chosen({ with: 1001 }).key).toBe(chosen({ with: "1001", limit: 5 }).key);
  const keys = [{}, { with: 1001 }, { from: 1001 }, { with: 1001, from: 1001 }, { with: "" }].map(
    (options) => chosen(options).key,
  );
  expect(new Set(keys).size).toBe(keys.length);
});
