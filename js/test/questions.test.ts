/** What a client asks its server: the user's devices. */
import { expect, onTestFinished, test, vi } from "vitest";
import { ArgumentError, type Device, QuestionError } from "../src/entries/node.js";
import { failure, start } from "./support/client.js";
import { type Answer, FakeServer } from "./support/fake-server.js";
import { browser, openTab } from "./support/tabs.js";

const PHONE: Device = { id: "d-1", platform: "ios", since: 1, lastSeen: 2, online: false, own: false };

/** A server that knows one device. */
const answers: Answer = (session, message) => {
  if (message.type === 0) session.answerLoginWithQuestions();
  if (message.type !== 30) return;
  const { ask, device } = JSON.parse(message.dataContent ?? "") as { ask: string; device?: string };
  if (ask === "devices") session.answerQuestion(message, { answer: { devices: [PHONE] } });
  else if (device === PHONE.id) session.answerQuestion(message, { answer: { removed: device } });
  else session.answerQuestion(message, { error: { code: 314, text: "no such device" } });
};

test("the user's devices are listed, and one is removed", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  expect(await im.devices.list()).toEqual([PHONE]);
  expect(await im.devices.remove("d-1")).toBeUndefined();
  const { received } = await server.session(0);
  const asked = received.filter(({ type }) => type === 30);
  expect(asked.map(({ dataContent = "" }) => JSON.parse(dataContent))).toEqual([
    { ask: "devices" },
    { ask: "removeDevice", device: "d-1" },
  ]);
  expect(asked[0]).toMatchObject({
    from: "alice",
    to: "0",
    QoS: false,
    fp: expect.stringMatching(/^[\da-f-]{36}$/),
  });
});

test("a refusal has the server's number and words", async () => {
  const { im } = await start(answers);
  await im.login({ userId: "alice" });
  const refusal = await failure(im.devices.remove("d-2"));
  expect(refusal).toBeInstanceOf(QuestionError);
  expect(refusal).toMatchObject({ name: "QuestionError", code: 314, message: "no such device" });
});

test("what is no name of a device is not asked about", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  for (const given of [undefined, null, 7, {}, ["d-1"]])
    expect(await failure(im.devices.remove(given as string))).toBeInstanceOf(ArgumentError);
  expect((await server.session(0)).received.map(({ type }) => type)).toEqual([0]);
});

test("a question says why it was not answered", async () => {
  const { im } = await start();
  expect(await failure(im.devices.list())).toMatchObject({ code: "not-logged-in" });
  await im.login({ userId: "alice" });
  expect(await failure(im.devices.list())).toMatchObject({ code: "not-supported" });
  im.close();
  expect(await failure(im.devices.list())).toMatchObject({ code: "closed" });
});

test("the end of the session, or of the client, is the end of its questions", async () => {
  const silent: Answer = (session, message) => {
    if (message.type === 0) session.answerLoginWithQuestions();
  };
  const ends: ["logout" | "close", string][] = [
    ["logout", "session-ended"],
    ["close", "closed"],
  ];
  for (const [end, code] of ends) {
    const { im } = await start(silent);
    await im.login({ userId: "alice" });
    const asked = [failure(im.devices.list()), failure(im.devices.remove("d-1"))];
    void im[end]();
    for (const one of asked) expect(await one).toMatchObject({ name: "QuestionError", code });
  }
});

test("an answer that cannot be read is none", async () => {
  const broken = ["", "{", "null", "7", "[]"];
  const { im } = await start((session, message) => {
    if (message.type === 0) session.answerLoginWithQuestions();
    if (message.type === 30) session.answerQuestion(message, broken.shift() ?? "");
  });
  await im.login({ userId: "alice" });
  for (let count = broken.length; count > 0; count--)
    expect(await failure(im.devices.list())).toMatchObject({ name: "QuestionError", code: "other" });
});

test("a question that is asked while there is no link is answered by the next one", async () => {
  const { server, im } = await start(answers);
  await im.login({ userId: "alice" });
  const { state } = im;
  const down = new Promise<void>((resolve) => im.on("state", (now) => now !== state && resolve()));
  (await server.session(0)).close();
  await down;
  expect(await im.devices.list()).toEqual([PHONE]);
});

test("a tab that does not lead asks through the one that does", async () => {
  browser();
  const server = await FakeServer.start(answers);
  onTestFinished(() => server.stop());
  const tabs = [await openTab(server), await openTab(server)];
  for (const im of tabs) await im.login({ userId: "alice" });
  expect(tabs.map((im) => im.diagnostics().role)).toEqual(["leader", "follower"]);
  for (const im of tabs) {
    expect(await im.devices.list()).toEqual([PHONE]);
    expect(await failure(im.devices.remove("d-2"))).toMatchObject({ code: 314 });
  }
  expect(server.sessions).toHaveLength(1);
});

test("a leader of an earlier version, which asks nothing, does not leave a question open", async () => {
  browser();
  const server = await FakeServer.start(answers);
  onTestFinished(() => server.stop());
  const [leader, follower] = [await openTab(server), await openTab(server)];
  for (const im of [leader, follower]) await im.login({ userId: "alice" });
  const post = vi.spyOn(BroadcastChannel.prototype, "postMessage").mockImplementation(() => {});
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
    post.mockRestore();
  });
  const asked = failure(follower.devices.list());
  // The user does not look at it: else it would lead by now.
  await vi.advanceTimersByTimeAsync(12_000);
  expect(await asked).toMatchObject({ code: "timed-out" });
});
