import { expect, test } from "vitest";
import { formatDate } from "../../src/imsdk/dates.js";
import { messageIds } from "../../src/imsdk/message-ids.js";
import { installImsdkHere } from "../support/imsdk.js";

test("fingerprints are letters and digits, begin with a letter, and are of the length that was set", () => {
  const { MBProtocalFactory } = installImsdkHere();
  const next = () => MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob").fp ?? "";
  expect(next()).toMatch(/^[A-Za-z][A-Za-z0-9]{23}$/);
  for (const [asked, got] of [
    [12, 12],
    [32, 32],
    [5, 12],
    [100, 32],
    [16.5, 16],
  ] as const) {
    MBProtocalFactory.setMsgIdLength(asked);
    expect(next()).toHaveLength(got);
  }
  MBProtocalFactory.setMsgIdLength(Number.NaN);
  expect(next()).toHaveLength(16);
});

test("fingerprints use all of their characters, and each number drawn once", () => {
  let drawn = -1;
  const ids = messageIds(() => {
    drawn += 1;
    return drawn;
  });
  ids.setLength(32);
  const seen = new Set(Array.from({ length: 20 }, () => ids.next()).join(""));
  expect(seen.size).toBe(62);
  expect(drawn + 1).toBe(20 * 32);
});

test("a new message has every field of the wire", () => {
  const { MBProtocalFactory } = installImsdkHere();
  const simple = MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob", 5);
  const fields = { type: 2, dataContent: "hi", from: "alice", to: "bob", QoS: true, typeu: 5 };
  expect(simple).toEqual({ ...fields, fp: simple.fp, sm: -1, bridge: false });
  expect(MBProtocalFactory.createCommonData2("hi", "alice", "bob")).toMatchObject({ QoS: true, typeu: -1 });
});

test("a message with everything given keeps its own fingerprint, and gets one only where it needs it", () => {
  const { createCommonData } = installImsdkHere().MBProtocalFactory;
  expect(createCommonData("hi", "alice", "bob", true, "own-1", 7)).toMatchObject({ fp: "own-1", typeu: 7 });
  expect(createCommonData("hi", "alice", "bob", true, null, 7).fp).toHaveLength(24);
  expect(createCommonData("hi", "alice", "bob", false, null, 7)).toMatchObject({ QoS: false, fp: undefined });
});

test("dates are written as the pattern says", () => {
  const date = new Date(2026, 2, 5, 4, 7, 9, 42);
  expect(formatDate(date, "MM/dd hh:mm:ss.S")).toBe("03/05 04:07:09.42");
  expect(formatDate(date, "yyyy-M-d H:m:s SSS")).toBe("2026-3-5 4:7:9 042");
  expect(formatDate(date, "yy年MM月dd日 第q季")).toBe("26年03月05日 第1季");
  expect(formatDate(new Date(2026, 11, 31, 23, 59), "hh:mm")).toBe("23:59");
});

test("the names hang on what they are given", () => {
  const page = installImsdkHere();
  expect(Object.keys(page)).toEqual([
    "IMSDK",
    "MBProtocalFactory",
    "MBKeepAliveDaemon",
    "MBSenseMode",
    "MBUtils",
    "uuid",
  ]);
  expect(page.MBSenseMode.MODE_120S).toBe(120);
});
