import { expect, test } from "vitest";
import type { Message } from "../src/client/client.js";
import type { Report } from "../src/session/report.js";
import { isSaying, type Saying } from "../src/tabs/saying.js";

const message: Message = {
  from: "a",
  to: "b",
  text: "hi",
  fp: "f",
  qos: true,
  typeu: -1,
  bridge: false,
  time: 5,
  own: true,
  seq: 7,
};

const REPORTS: { [T in Report["type"]]: Report & { type: T } } = {
  message: { type: "message", message },
  delivered: { type: "delivered", fp: "f" },
  lost: { type: "lost", message, reason: "too-long", code: 303, limit: 9 },
  answered: { type: "answered", fp: "f", failure: undefined },
  answer: { type: "answer", id: "f", text: "{}", failure: undefined },
  typing: { type: "typing", with: "#team", by: "b" },
  read: { type: "read", with: "#team", by: "a", seq: 7, unread: 2 },
  presence: { type: "presence", user: "b", online: false, lastSeen: 9 },
  "login-failed": { type: "login-failed", code: "no-user-id" },
  state: { type: "state", state: "online" },
  "logged-in": { type: "logged-in", firstLoginTime: 5, reconnect: false, server: "MobileIM" },
  "login-refused": { type: "login-refused", code: 1025, retry: false },
  "link-lost": { type: "link-lost", reason: "silent" },
  kicked: { type: "kicked", code: 2, reason: "spam" },
  missed: { type: "missed", since: 5 },
  "server-error": { type: "server-error", code: 302, text: "full" },
  "bad-message": { type: "bad-message", byte: 3, text: "not JSON" },
  "heartbeat-sent": { type: "heartbeat-sent" },
  "heartbeat-answered": { type: "heartbeat-answered", roundTrip: 1.5 },
  "token-failed": { type: "token-failed", cause: "why" },
  "store-failed": { type: "store-failed", cause: "why" },
  "never-opened": { type: "never-opened", cause: undefined },
};

const SAYINGS: Saying[] = [
  ["hello", true, -1],
  ["hidden"],
  ["send", ["b", "hi", -1, true, "f"]],
  ["ask", ["f", "{}"]],
  ["signal", "{}"],
  ["logout"],
  ["found", [{ at: 5, message }]],
  ["leader", 1.5, "online", 5, true, 1, undefined],
  ["leader", 1.5, "online", 5, true, 1, { entries: [{ at: 5, message }], forgotten: 0 }],
  ...Object.values(REPORTS).map((report): Saying => ["reports", 1.5, 0, 5, [report]]),
];

/** What may be left out, and what may be anything. */
const LOOSE = [
  "fp",
  "time",
  "own",
  "seq",
  "unread",
  "lastSeen",
  "code",
  "limit",
  "failure",
  "server",
  "reason",
  "cause",
  "6",
];

/** Returns copies of a value in each of which one part, however deep, is another thing. */
function spoilt(value: unknown, name = ""): unknown[] {
  if (typeof value !== "object" || value === null)
    return [
      undefined,
      null,
      Number.NaN,
      {},
      typeof value === "boolean" || typeof value === "number" ? "text" : 7,
    ].filter((other) => other !== undefined || !LOOSE.includes(name));
  const copies = Object.entries(value).flatMap(([key, part]) =>
    key === "cause"
      ? []
      : spoilt(part, key).map((other) => Object.assign(structuredClone(value), { [key]: other })),
  );
  return [...copies, undefined, null, 7, "text"].filter(
    (copy) => copy !== undefined || !LOOSE.includes(name),
  );
}

test.each(SAYINGS.map((saying) => [JSON.stringify(saying), saying]))("%s is heard as it is", (_, saying) => {
  expect(isSaying(structuredClone(saying))).toBe(true);
});

test.each(SAYINGS.map((saying) => [JSON.stringify(saying), saying]))(
  "%s with a part that is another thing is no saying",
  (_, saying) => {
    for (const other of spoilt(saying)) if (isSaying(other)) expect(other).toBe("no saying");
  },
);

test.each([["of a later version"], ["toString", 1], [["hello"], true, 1], {}, 7, undefined])(
  "%j is no saying",
  (data) => {
    expect(isSaying(data)).toBe(false);
  },
);
