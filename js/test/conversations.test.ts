/** Conversations that the server keeps a log of: what is asked, and what passes. */
import { expect, onTestFinished, test } from "vitest";
import {
  ArgumentError,
  type Client,
  type GroupChanged,
  type Message,
  type Read,
} from "../src/entries/node.js";
import { failure, start } from "./support/client.js";
import { type Answer, FakeServer, type FakeSession } from "./support/fake-server.js";
import { browser, openTab } from "./support/tabs.js";

const CHANGE = { by: "bob", joined: { alice: "member" }, settings: { name: "Team" } };

const LOGGED = [
  { seq: 1, at: 5, from: "0", fp: "f0", typeu: -10, text: JSON.stringify(CHANGE) },
  { seq: 2, at: 6, from: "bob", fp: "f1", text: "hi" },
  { seq: 3, at: 7, from: "bob", fp: "f2", typeu: 9, text: null },
];

const SHOWN = [
  { ...LOGGED[0], at: undefined, time: 5, change: CHANGE },
  { ...LOGGED[1], at: undefined, time: 6, typeu: -1 },
  { ...LOGGED[2], at: undefined, time: 7 },
];

const TEAM = { with: "#team", lastSeq: 3, readSeq: 1, unread: 2, name: "Team", role: "member" };

const ANSWERS: Record<string, object> = {
  conversations: {
    conversations: [
      { ...TEAM, last: LOGGED[1] },
      { with: "bob", lastSeq: 1, readSeq: 1, unread: 0 },
    ],
    next: 17,
  },
  history: { messages: LOGGED, more: true, first: 1, last: 3 },
  group: { group: "#team", name: "Team", writers: "all", history: "all", role: "member", count: 2 },
  markRead: { with: "#team", readSeq: 3, unread: 0 },
  createGroup: { group: "#new", name: "New", writers: "all", history: "joining", role: "owner", count: 1 },
  changeGroup: { group: "#team", name: "Us", writers: "all", history: "all", role: "owner", count: 2 },
  leaveGroup: { group: "#team" },
  endGroup: { group: "#team" },
};

/** A server that keeps a log of one group. */
const answers: Answer = (session, message) => {
  if (message.type === 0) session.answerLoginWithQuestions();
  if (message.type !== 30) return;
  const { ask } = JSON.parse(message.dataContent ?? "") as { ask: string };
  session.answerQuestion(message, { answer: ANSWERS[ask] });
};

const asked = ({ received }: FakeSession) =>
  received.filter(({ type }) => type === 30).map(({ dataContent = "" }) => JSON.parse(dataContent));

/** A change of a group, as the server tells it. */
const change = (fp: string, text: object | string, typeu = -10) => ({
  type: 2,
  dataContent: typeof text === "string" ? text : JSON.stringify(text),
  from: "0",
  to: "#team",
  fp,
  QoS: true,
  typeu,
  sm: 8,
  seq: 4,
});

/** Resolves when a listener has heard this many of an event. */
function hears<K extends "message" | "typing" | "read" | "group">(im: Client, type: K, count: number) {
  const heard: unknown[] = [];
  return new Promise<unknown[]>((resolve) => {
    im.on(type, (one) => {
      if (heard.push(one) === count) resolve(heard);
    });
  });
}

test("conversations, their history, groups and read marks are asked for, and given as messages are", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  const page = await im.conversations({ before: 20, limit: 2 });
  expect(page).toEqual({
    conversations: [
      { ...TEAM, last: SHOWN[1] },
      { with: "bob", lastSeq: 1, readSeq: 1, unread: 0 },
    ],
    next: 17,
  });
  await im.conversations();
  expect(await im.history("#team", { after: 0, limit: 3 })).toEqual({
    messages: SHOWN,
    more: true,
    first: 1,
    last: 3,
  });
  await im.history(7);
  expect(await im.group("#team")).toEqual(ANSWERS.group);
  expect(await im.markRead("#team", 3)).toEqual(ANSWERS.markRead);
  expect(asked(await server.session(0))).toEqual([
    { ask: "conversations", before: 20, limit: 2 },
    { ask: "conversations" },
    { ask: "history", with: "#team", after: 0, limit: 3 },
    { ask: "history", with: "7" },
    { ask: "group", group: "#team" },
    { ask: "markRead", with: "#team", seq: 3 },
  ]);
});

test("groups are made, changed, left and ended", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  expect(await im.createGroup()).toEqual(ANSWERS.createGroup);
  await im.createGroup({ group: "#new", name: "New", members: ["bob"], invite: "all" });
  const change = { name: "Us", members: { bob: "admin" }, remove: ["carol"], mute: ["dave"] } as const;
  expect(await im.changeGroup("#team", change)).toEqual(ANSWERS.changeGroup);
  expect(await im.leaveGroup("#team")).toBeUndefined();
  expect(await im.endGroup("#team")).toBeUndefined();
  expect(asked(await server.session(0))).toEqual([
    { ask: "createGroup", group: expect.stringMatching(/^#.{30,}$/) },
    { ask: "createGroup", group: "#new", name: "New", members: ["bob"], invite: "all" },
    { ask: "changeGroup", group: "#team", ...change },
    { ask: "leaveGroup", group: "#team" },
    { ask: "endGroup", group: "#team" },
  ]);
});

test("what cannot be asked for is told before it is asked", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  const bad = [-1, 1.5, Number.NaN, "1", null] as number[];
  const calls = [
    ...bad.map((limit) => im.conversations({ limit })),
    ...bad.map((before) => im.history("bob", { before })),
    ...bad.map((after) => im.history("bob", { after })),
    ...bad.map((seq) => im.markRead("bob", seq)),
    im.history(undefined as unknown as string),
    im.markRead({} as unknown as string, 1),
    im.group(7 as unknown as string),
    im.createGroup(null as unknown as object),
    im.createGroup({ group: 7 as unknown as string }),
    im.changeGroup("#team", null as unknown as object),
    im.changeGroup(7 as unknown as string, {}),
    im.leaveGroup(undefined as unknown as string),
    im.endGroup({} as unknown as string),
    im.conversations(null as unknown as object),
  ];
  for (const call of calls) expect(await failure(call)).toBeInstanceOf(ArgumentError);
  expect(() => im.typing(undefined as unknown as string)).toThrow(ArgumentError);
  expect((await server.session(0)).received.map(({ type }) => type)).toEqual([0]);
});

test("what passes is told, and what nobody knows is not", async () => {
  const { server, im } = await start(answers);
  const [typing, read] = [hears(im, "typing", 1), hears(im, "read", 2)];
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  const told = { with: "#team", by: "bob" };
  const marks: Read[] = [
    { with: "bob", by: "bob", seq: 7 },
    { with: "#team", by: "alice", seq: 0, unread: 2 },
  ];
  for (const signal of [
    "no JSON",
    "null",
    JSON.stringify({ signal: "something newer" }),
    JSON.stringify({ signal: "typing", ...told }),
    ...marks.map((mark) => JSON.stringify({ signal: "read", ...mark })),
  ])
    session.send({ type: 81, dataContent: signal, from: "0", to: "alice" });
  expect(await typing).toEqual([told]);
  expect(await read).toEqual(marks);
  expect(im.diagnostics().log.map(({ type }) => type)).not.toContain("typing");
});

test("typing is told to a server that takes it, once, and without a link to nobody", async () => {
  const { server, im } = await start(answers);
  im.typing("bob");
  await im.login({ userId: "alice" });
  im.typing("#team");
  const session = await server.session(0);
  const typing = await session.next(31);
  expect(typing).toMatchObject({ from: "alice", to: "0", QoS: false });
  expect(JSON.parse(typing.dataContent ?? "")).toEqual({ signal: "typing", with: "#team" });
  await im.conversations();
  expect(session.received.map(({ type }) => type)).toEqual([0, 31, 30]);
  im.close();
  im.typing("#team");
});

test("a change of a group is an event of its own, and messages have their numbers", async () => {
  const { server, im } = await start(answers);
  const [messages, changes] = [hears(im, "message", 3), hears(im, "group", 1)];
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  session.send(change("f1", CHANGE));
  session.send(change("f2", "no JSON"));
  session.send(change("f3", CHANGE, -1));
  session.send({ ...change("f4", CHANGE), from: "bob" });
  const told: GroupChanged = {
    ...CHANGE,
    joined: { alice: "member" },
    group: "#team",
    seq: 4,
    time: 8,
  } as never;
  expect(await changes).toEqual([told]);
  const heard = (await messages) as Message[];
  expect(heard.map(({ fp, seq }) => [fp, seq])).toEqual([
    ["f2", 4],
    ["f3", 4],
    ["f4", 4],
  ]);
  for (const fp of ["f1", "f2", "f3", "f4"]) await session.acknowledged(fp);
});

test("every tab asks, types, and is told", async () => {
  browser();
  const server = await FakeServer.start(answers);
  onTestFinished(() => server.stop());
  const tabs = [await openTab(server), await openTab(server)];
  const told = tabs.map((im) => {
    im.on("message", () => {});
    return Promise.all([hears(im, "typing", 1), hears(im, "read", 1), hears(im, "group", 1)]);
  });
  for (const im of tabs) await im.login({ userId: "alice" });
  expect(tabs.map((im) => im.diagnostics().role)).toEqual(["leader", "follower"]);
  const session = await server.session(0);
  for (const im of tabs) expect((await im.history("#team")).messages).toEqual(SHOWN);
  tabs[1]?.typing("#team");
  expect(JSON.parse((await session.next(31)).dataContent ?? "")).toEqual({ signal: "typing", with: "#team" });
  const signals = [
    { signal: "typing", with: "#team", by: "bob" },
    { signal: "read", with: "#team", by: "alice", seq: 3, unread: 0 },
  ];
  for (const signal of signals)
    session.send({ type: 81, dataContent: JSON.stringify(signal), from: "0", to: "alice" });
  session.send(change("f1", { ended: true }));
  for (const heard of told)
    expect(await heard).toEqual([
      [{ with: "#team", by: "bob" }],
      [{ with: "#team", by: "alice", seq: 3, unread: 0 }],
      [{ group: "#team", ended: true, seq: 4, time: 8 }],
    ]);
});
