import { expect, test } from "vitest";
import { type Message, SendError } from "../src/entries/node.js";
import { failure, next, start } from "./support/client.js";
import { obliging } from "./support/fake-server.js";

test("a sent message resolves when it is acknowledged", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const fp = im.newFingerprint();
  const told = next(im, "delivered");
  expect(await im.send("bob", "hi", { typeu: 1, fp })).toEqual({ fp });
  expect(await told).toEqual({ fp });
  const session = await server.session(0);
  expect(await session.next(2)).toMatchObject({
    dataContent: "hi",
    from: "alice",
    to: "bob",
    QoS: true,
    typeu: 1,
    fp,
  });
});

test("a message that arrives is shown once and acknowledged each time", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const shown: Message[] = [];
  im.on("message", (message) => shown.push(message));
  const session = await server.session(0);
  const message = { type: 2, dataContent: "好", from: "bob", to: "alice", fp: "f1", QoS: true, typeu: 7 };
  const second = next(im, "message", ({ fp }) => fp === "f2");
  session.send(message);
  session.send(message);
  session.send({ ...message, fp: "f2" });
  await second;
  expect(shown.map(({ fp }) => fp)).toEqual(["f1", "f2"]);
  expect(shown[0]).toMatchObject({ from: "bob", to: "alice", text: "好", typeu: 7, qos: true });
  await im.logout();
  await session.closed();
  expect(session.received.filter(({ type }) => type === 4).map(({ dataContent }) => dataContent)).toEqual([
    "f1",
    "f1",
    "f2",
  ]);
});

test("a message sent while a message is being shown goes out after what came before", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const answered = new Promise((resolve) => im.on("message", () => resolve(im.send("bob", "re"))));
  const session = await server.session(0);
  session.send({ type: 2, dataContent: "hi", from: "bob", to: "alice", fp: "f1", QoS: true });
  await answered;
  expect(session.received.map(({ type }) => type)).toEqual([0, 4, 2]);
});

test("what is sent while the link is down goes out, in order, when it is back", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const waiting = next(im, "state", (state) => state === "waiting");
  (await server.session(0)).close();
  await waiting;
  await Promise.all(["one", "two", "three"].map((text) => im.send("bob", text)));
  const session = await server.session(1);
  const texts = session.received.filter(({ type }) => type === 2).map(({ dataContent }) => dataContent);
  expect(texts).toEqual(["one", "two", "three"]);
  const login = await session.next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject({ firstLoginTime: 1_795_176_857_455 });
});

test("a kick ends everything; what was under way is kept and goes out at the next login", async () => {
  const { server, im } = await start((session, message, number) => {
    if (number > 0 || message.type === 0) obliging(session, message, number);
    else session.kick(1);
  });
  await im.login({ userId: "alice" });
  const kicked = next(im, "kicked");
  const fp = im.newFingerprint();
  const error = await failure(im.send("bob", "hi", { fp }));
  expect(error).toBeInstanceOf(SendError);
  expect(error).toMatchObject({ reason: "kicked", kept: true, retry: false, fp });
  expect(await kicked).toMatchObject({ name: "KickedError", code: 1 });
  expect(im.state).toBe("closed");
  const delivered = next(im, "delivered");
  await im.login({ userId: "alice" });
  expect(await delivered).toEqual({ fp });
  expect(server.sessions).toHaveLength(2);
});

test("a message sent again while it is on its way is sent once, and both hear how it ended", async () => {
  let answer = () => {};
  const { server, im } = await start((session, message, number) => {
    if (message.dataContent === "hi") answer = () => obliging(session, message, number);
    else obliging(session, message, number);
  });
  await im.login({ userId: "alice" });
  const both = Promise.all(["first", "second"].map(() => im.send("bob", "hi", { fp: "own" })));
  await im.send("bob", "afterwards");
  answer();
  expect(await both).toEqual([{ fp: "own" }, { fp: "own" }]);
  const sent = server.sessions[0]?.received.filter(({ type }) => type === 2);
  expect(sent?.map(({ dataContent }) => dataContent)).toEqual(["hi", "afterwards"]);
});

test("a message that was kept can be sent again after the next login, and joins the one that is on its way", async () => {
  const { server, im } = await start((session, message, number) => {
    if (number > 0 || message.type === 0) obliging(session, message, number);
    else session.kick(1);
  });
  await im.login({ userId: "alice" });
  expect(await failure(im.send("bob", "hi", { fp: "own" }))).toMatchObject({ reason: "kicked" });
  void im.login({ userId: "alice" });
  expect(await im.send("bob", "hi", { fp: "own" })).toEqual({ fp: "own" });
  await im.send("bob", "afterwards");
  const sent = server.sessions[1]?.received.filter(({ type }) => type === 2);
  expect(sent?.map(({ fp }) => fp === "own")).toEqual([true, false]);
});

test("a logout gives up what is under way", async () => {
  const { im } = await start((session, message) => {
    if (message.type === 0) session.answerLogin(0);
  });
  await im.login({ userId: "alice" });
  const lost = next(im, "lost");
  const error = failure(im.send("bob", "hi"));
  await im.logout();
  expect(await error).toMatchObject({ reason: "logged-out", kept: false, retry: true });
  expect(await lost).toMatchObject({ reason: "logged-out", message: { text: "hi", to: "bob" } });
});

test("a message that the server refuses rejects with the server's code, and says whether to try again", async () => {
  const { im } = await start((session, message, number) => {
    if (message.type === 0) return obliging(session, message, number);
    const errorCode = Number(message.dataContent);
    const dataContent = JSON.stringify({ errorCode, errorMsg: JSON.stringify(message) });
    session.send({ type: 52, dataContent, from: "0", to: "alice" });
  });
  await im.login({ userId: "alice" });
  const refused = { reason: "refused", kept: false };
  expect(await failure(im.send("bob", "1400"))).toMatchObject({ ...refused, serverCode: 1400, retry: false });
  // The receiver's mailbox is full.
  expect(await failure(im.send("bob", "302"))).toMatchObject({ ...refused, serverCode: 302, retry: true });
});

test("a message that the receiver's client cannot show rejects with what that takes", async () => {
  const { im } = await start((session, message, number) => {
    if (message.type === 0) return obliging(session, message, number);
    const dataContent = JSON.stringify({ errorCode: 303, errorMsg: JSON.stringify(message), limit: 1024 });
    session.send({ type: 52, dataContent, from: "0", to: "alice" });
  });
  await im.login({ userId: "alice" });
  const lost = next(im, "lost");
  const error = await failure(im.send("bob", "long"));
  expect(error).toMatchObject({ code: "too-long-for-receiver", serverCode: 303, limit: 1024, retry: false });
  expect(await lost).toMatchObject({ reason: "too-long-for-receiver", code: 303, limit: 1024 });
});

test("a message on which the server closes each link is given up, and holds nothing up", async () => {
  let closed = 0;
  const { im } = await start((session, message, number) => {
    if (message.dataContent !== "poison") return obliging(session, message, number);
    closed += 1;
    session.close();
  });
  await im.login({ userId: "alice" });
  const poison = failure(im.send("bob", "poison"));
  await im.send("bob", "hi");
  expect(await poison).toMatchObject({ code: "breaks-link", retry: true });
  expect(closed).toBe(3);
});

test("a message that cannot be sent says why", async () => {
  const { im } = await start((session, message) => {
    if (message.type === 0) session.answerLogin(0);
  });
  expect(await failure(im.send("bob", "hi"))).toMatchObject({ code: "not-logged-in", retry: true });
  await im.login({ userId: "alice" });
  expect(await failure(im.send("", "hi"))).toMatchObject({ code: "no-receiver", retry: false });
  expect(await failure(im.send("bob", "x".repeat(70_000)))).toMatchObject({ code: "too-long" });
  for (const nobody of ["-1", "名".repeat(86)]) {
    expect(await failure(im.send(nobody, "hi"))).toMatchObject({ code: "bad-receiver", retry: false });
  }
  for (const fp of ["", "名".repeat(86)]) {
    expect(await failure(im.send("bob", "hi", { fp }))).toMatchObject({ code: "bad-fingerprint" });
  }
  const first = failure(im.send("bob", "hi"));
  im.close();
  expect(await first).toMatchObject({ code: "closed", kept: false, retry: true });
  expect(await failure(im.send("bob", "hi"))).toMatchObject({ code: "closed" });
});

test("a message without QoS is sent once, and only while there is a link", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  await im.send("bob", "typing", { qos: false });
  expect(await (await server.session(0)).next(2)).toMatchObject({ dataContent: "typing", QoS: false });
  const waiting = next(im, "state", (state) => state === "waiting");
  (await server.session(0)).close();
  await waiting;
  expect(await failure(im.send("bob", "typing", { qos: false }))).toMatchObject({
    code: "offline",
    retry: true,
  });
});
