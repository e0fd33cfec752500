/** What messages refer to. */
import { expect, test } from "vitest";
import { ArgumentError, type Lost, type Message } from "../src/entries/node.js";
import { failure, start } from "./support/client.js";
import type { Answer } from "./support/fake-server.js";

const REFS = { replyTo: { from: "bob", fp: "f1", seq: 7 }, mentions: ["bob", "eve"], mentionsAll: true };

const LOGGED = [
  { seq: 1, at: 5, from: "bob", fp: "f1", text: "hi", refs: { ...REFS, later: 1 } },
  { seq: 2, at: 6, from: "bob", fp: "f2", text: "hi" },
];

const answers: Answer = (session, message) => {
  if (message.type === 0) session.answerLoginWithQuestions();
  if (message.type === 2 && message.to !== "nobody") session.acknowledge(message);
  const history = { messages: LOGGED, more: false, first: 1, last: 2 };
  if (message.type === 30) session.answerQuestion(message, { answer: history });
};

const sent = { type: 2, from: "bob", to: "alice", dataContent: "hi", QoS: true, typeu: -1, sm: 1 };

test("what a message refers to goes with it, and is told", async () => {
  const { server, im } = await start(answers);
  const messages: Message[] = [];
  im.on("message", (message) => messages.push(message));
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  const [first, second] = [
    { from: "bob", to: "alice", text: "hi", fp: "f1", seq: 7, qos: true, typeu: -1, bridge: false },
    { from: "bob", fp: "f2" },
  ];
  im.send("bob", "one", { replyTo: first, mentions: REFS.mentions, mentionsAll: true }).catch(() => {});
  im.send("bob", "two", { replyTo: second, mentions: [], mentionsAll: false }).catch(() => {});
  im.send("bob", "three", { mentions: [] }).catch(() => {});
  const went = () => session.received.filter(({ type }) => type === 2) as { refs?: object }[];
  await expect.poll(() => went().map(({ refs }) => refs)).toEqual([REFS, { replyTo: second }, undefined]);
  for (const [fp, refs] of Object.entries({ a: { ...REFS, text: "x" }, b: undefined, c: "bob", d: [] })) {
    session.send({ ...sent, fp, refs } as Parameters<typeof session.send>[0]);
  }
  await expect.poll(() => messages.length).toBe(4);
  const plain = { from: "bob", to: "alice", text: "hi", qos: true, typeu: -1, bridge: false, time: 1 };
  expect(messages[0]).toEqual({ ...plain, ...REFS, fp: "a" });
  expect(messages.slice(1)).toEqual(["b", "c", "d"].map((fp) => ({ ...plain, fp })));
  const { messages: history } = await im.history("bob");
  expect(history).toEqual([
    { ...REFS, seq: 1, time: 5, from: "bob", fp: "f1", text: "hi", typeu: -1 },
    { seq: 2, time: 6, from: "bob", fp: "f2", text: "hi", typeu: -1 },
  ]);
});

test("a message that is given up still says what it refers to", async () => {
  const { im } = await start(answers);
  const lost: Lost[] = [];
  im.on("lost", (one) => lost.push(one));
  await im.login({ userId: "alice" });
  im.send("nobody", "hi", { mentions: ["bob"] }).catch(() => {});
  await im.logout();
  await expect.poll(() => lost.length).toBe(1);
  expect(lost[0]?.message.mentions).toEqual(["bob"]);
});

test("what nothing can refer to is refused, and nothing is sent", async () => {
  const { im } = await start(answers);
  await im.login({ userId: "alice" });
  for (const refs of [
    { replyTo: { from: "bob" } },
    { replyTo: { from: "bob", fp: "f1", seq: 0 } },
    { replyTo: "f1" },
    { mentions: "bob" },
    { mentions: [1] },
    { mentions: Array.from({ length: 101 }, String) },
    { mentionsAll: 1 },
  ]) {
    expect(await failure(im.send("bob", "hi", refs as object))).toBeInstanceOf(ArgumentError);
  }
});
