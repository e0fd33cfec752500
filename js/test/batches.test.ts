import { expect, test } from "vitest";
import { start } from "./support/client.js";
import { type Answer, obliging } from "./support/fake-server.js";

const batching: Answer = (session, message, number) => {
  if (message.type === 0) session.answerLogin(0, 65_536);
  else obliging(session, message, number);
};

const texts = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    type: 2,
    dataContent: `text ${index}`,
    from: "bob",
    to: "alice",
    fp: `f${index}`,
    QoS: true,
  }));

test("what one task sends goes out in one frame, where the server takes that", async () => {
  const { server, im } = await start(batching);
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  await Promise.all(texts(20).map(({ dataContent }) => im.send("bob", dataContent)));
  expect(session.frames).toEqual([1, 20]);
  expect(session.received.slice(1).map(({ dataContent }) => dataContent)).toEqual(
    texts(20).map(({ dataContent }) => dataContent),
  );
});

test("a frame's messages are shown in order, and acknowledged in one frame with what is answered", async () => {
  const { server, im } = await start(batching);
  await im.login({ userId: "alice" });
  const shown: string[] = [];
  const answered = new Promise((resolve) => {
    im.on("message", ({ text }) => {
      shown.push(text);
      if (text === "text 4") resolve(im.send("bob", "enough"));
    });
  });
  const session = await server.session(0);
  session.sendBatch(texts(5));
  await answered;
  expect(shown).toEqual(texts(5).map(({ dataContent }) => dataContent));
  expect(session.frames).toEqual([1, 6]);
  expect(session.received.slice(1).map(({ type }) => type)).toEqual([4, 4, 4, 4, 4, 2]);
});

test("what was sent goes out before a logout and before the client is closed", async () => {
  for (const end of ["logout", "close"] as const) {
    const { server, im } = await start(batching);
    await im.login({ userId: "alice" });
    const session = await server.session(0);
    const outcome = im.send("bob", "last").catch(() => {});
    void im[end]();
    await session.closed();
    expect(session.received[1]).toMatchObject({ type: 2, dataContent: "last" });
    await outcome;
  }
});

test("a server that says nothing of batches gets each message in a frame of its own", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  await Promise.all(texts(5).map(({ dataContent }) => im.send("bob", dataContent)));
  expect(session.frames).toEqual([1, 1, 1, 1, 1, 1]);
});
