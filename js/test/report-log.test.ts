import { expect, test } from "vitest";
import { type Entry, ReportLog } from "../src/tabs/log.js";

const entry = (number: number, term = 1, text = `${number}`): Entry => {
  const message = { from: "bob", to: "alice", text, fp: `${number}`, qos: true, typeu: -1, bridge: false };
  return { term, at: 0, report: { type: "message", message } };
};

const logOf = (...entries: Entry[]): ReportLog => {
  const log = new ReportLog();
  for (const one of entries) log.append(one);
  return log;
};

const numbers = (from: number, to: number, term = 1): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => entry(from + index, term));

test("a tab gets what follows the end of its own log", () => {
  const leader = logOf(...numbers(1, 5));
  const tab = logOf(...numbers(1, 3));
  expect(tab.adopt(leader.since(tab.place))).toEqual({ added: numbers(4, 5), dropped: [] });
  expect(tab.place).toEqual(leader.place);
});

test("a tab that heard another leader gets everything, and gives back what this one does not have", () => {
  const leader = logOf(...numbers(1, 3), ...numbers(4, 5, 2));
  const tab = logOf(...numbers(1, 3), entry(9));
  expect(tab.adopt(leader.since(tab.place))).toEqual({ added: numbers(4, 5, 2), dropped: [entry(9)] });
  expect(tab.place).toEqual(leader.place);
});

test("the last thousand entries are kept, and a tab that slept for longer gets those", () => {
  const leader = logOf(...numbers(1, 1500));
  const tab = logOf(...numbers(1, 400));
  const { added, dropped } = tab.adopt(leader.since(tab.place));
  expect(added).toEqual(numbers(501, 1500));
  expect(dropped).toEqual([]);
  expect(tab.place).toEqual(leader.place);
});

test("long texts leave room for fewer", () => {
  const long = "x".repeat(60_000);
  const leader = logOf(...Array.from({ length: 100 }, (_, index) => entry(index, 1, long)));
  expect(leader.since([0, 0]).entries).toHaveLength(17);
});

test("what is missing of some entries are the messages that are not there, by sender and fingerprint", () => {
  const delivered: Entry = { term: 1, at: 0, report: { type: "delivered", fp: "7" } };
  expect(logOf(entry(1)).missingOf([entry(1, 2), entry(2), delivered])).toEqual([entry(2)]);
});
