/** Who is online: what is asked, answered and told. */
import { expect, onTestFinished, test } from "vitest";
import { ArgumentError, type Client, type Presence } from "../src/entries/node.js";
import { failure, start } from "./support/client.js";
import { type Answer, FakeServer, type FakeSession } from "./support/fake-server.js";
import { browser, openTab } from "./support/tabs.js";

/** A server at which only bob is online, and eve may not be seen. */
const answers: Answer = (session, message) => {
  if (message.type === 0) session.answerLoginWithQuestions();
  if (message.type !== 30) return;
  const { users } = JSON.parse(message.dataContent ?? "") as { users: string[] };
  const shown = users.filter((user) => user !== "eve").map((user) => ({ user, online: user === "bob" }));
  session.answerQuestion(message, {
    answer: { users: shown, hidden: users.filter((user) => user === "eve") },
  });
};

const BOB = { user: "bob", online: true };
const CAROL = { user: "carol", online: false };

/** Whom the client has asked about, each time. */
const asked = ({ received }: FakeSession) =>
  received.filter(({ type }) => type === 30).map(({ dataContent = "" }) => JSON.parse(dataContent).users);

const tell = (session: FakeSession, signal: object) =>
  session.send({
    type: 81,
    dataContent: JSON.stringify({ signal: "presence", ...signal }),
    from: "0",
    to: "alice",
  });

/** Resolves with what a listener has heard once that holds. */
function hears(im: Client, isEnough: (heard: Presence[]) => boolean): Promise<Presence[]> {
  const heard: Presence[] = [];
  return new Promise((resolve) => {
    im.on("presence", (one) => {
      heard.push(one);
      if (isEnough(heard)) resolve(heard);
    });
  });
}

test("who is watched is told at once, and at each change", async () => {
  const { server, im } = await start(answers);
  const heard = hears(im, ({ length }) => length === 3);
  await im.login({ userId: "alice" });
  expect(await im.watchPresence(["bob", "carol", "eve"])).toEqual([BOB, CAROL]);
  const session = await server.session(0);
  tell(session, { with: "dave", online: true });
  tell(session, { with: "bob", online: false, lastSeen: 7 });
  expect(await heard).toEqual([BOB, CAROL, { user: "bob", online: false, lastSeen: 7 }]);
  expect(asked(session)).toEqual([["bob", "carol", "eve"]]);
  expect(await im.watchPresence([])).toEqual([]);
});

test("a client that comes back asks again by itself, and tells how it is", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  await im.watchPresence(["bob"]);
  const again = hears(im, ({ length }) => length === 1);
  (await server.session(0)).close();
  expect(await again).toEqual([BOB]);
  expect(asked(await server.session(1))).toEqual([["bob"]]);
});

test("another user watches nobody yet", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  await im.watchPresence(["bob"]);
  await im.logout();
  await im.login({ userId: "dave" });
  await im.watchPresence(["carol"]);
  expect(asked(await server.session(1))).toEqual([["carol"]]);
});

test("what is no list of users is not asked about", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  for (const given of [undefined, null, "bob", {}, [undefined], [["bob"]]])
    expect(await failure(im.watchPresence(given as string[]))).toBeInstanceOf(ArgumentError);
  expect((await server.session(0)).received.map(({ type }) => type)).toEqual([0]);
});

test("a refusal has the server's number", async () => {
  const { im } = await start((session, message) => {
    if (message.type === 0) session.answerLoginWithQuestions();
    if (message.type === 30) session.answerQuestion(message, { error: { code: 315, text: "no" } });
  });
  await im.login({ userId: "alice" });
  expect(await failure(im.watchPresence(["bob"]))).toMatchObject({ code: 315 });
});

test("tabs that watch others are both told", async () => {
  browser();
  const server = await FakeServer.start(answers);
  onTestFinished(() => server.stop());
  const [one, other] = [await openTab(server), await openTab(server)];
  for (const im of [one, other]) await im.login({ userId: "alice" });
  const session = await server.session(0);
  await one.watchPresence(["bob"]);
  const left = (user: string) => (heard: Presence[]) =>
    heard.some((it) => it.user === user && it.lastSeen === 7);
  const told = [hears(one, left("bob")), hears(other, left("carol"))];
  await other.watchPresence(["carol"]);
  await expect.poll(() => asked(session).at(-1)?.sort()).toEqual(["bob", "carol"]);
  tell(session, { with: "bob", online: false, lastSeen: 7 });
  tell(session, { with: "carol", online: false, lastSeen: 7 });
  const users = (await Promise.all(told)).map((heard) => [...new Set(heard.map(({ user }) => user))]);
  expect(users, "each of its own").toEqual([["bob"], ["carol"]]);
});
