import { expect, test } from "vitest";
import { type Entry, MessageLog } from "../src/tabs/log.js";

const entry = (number: number, text = `${number}`): Entry => ({
  at: number,
  message: { from: "bob", to: "alice", text, fp: `${number}`, qos: true, typeu: -1, bridge: false },
});

const numbers = (from: number, to: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index));

const logOf = (...entries: Entry[]): MessageLog => {
  const log = new MessageLog();
  for (const one of entries) log.add(one);
  return log;
};

test("a message is added once, whoever reports it again", () => {
  const log = logOf(entry(1));
  expect([log.add(entry(1)), log.add(entry(2))]).toEqual([false, true]);
  expect(log.entries).toEqual(numbers(1, 2));
});

test("what another log does not have is missing there", () => {
  expect(logOf(...numbers(1, 5)).missingIn(logOf(...numbers(2, 4)))).toEqual([entry(1), entry(5)]);
});

test("the last thousand messages are kept, and what was forgotten is not handed over again", () => {
  const leader = logOf(...numbers(1, 1500));
  expect(leader.entries).toEqual(numbers(501, 1500));
  expect(logOf(...numbers(1, 400), entry(1501)).missingIn(leader)).toEqual([entry(1501)]);
});

test("of long texts fewer are kept, and none is added again", () => {
  const long = "x".repeat(60_000);
  const log = logOf(...Array.from({ length: 100 }, (_, index) => entry(index, long)));
  expect(log.entries).toHaveLength(17);
  expect(log.add(entry(0, long))).toBe(false);
});
