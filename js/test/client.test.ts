import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createClientOn } from "../src/client/create-client.js";
import { EngineLoadError, type MessageStore, webSocketTransport } from "../src/entries/node.js";
import { connectTo, failure, next, start } from "./support/client.js";

test("what is no message is reported and does no harm", async () => {
  const { server, im } = await start();
  await im.login({ userId: "alice" });
  const reported = next(im, "error");
  (await server.session(0)).sendText("{not json");
  expect(await reported).toMatchObject({ code: "bad-message" });
  await im.send("bob", "still here");
});

test("closing from inside an event ends the client and its connection", async () => {
  const { server, im } = await start();
  im.on("state", (state) => {
    if (state === "online") im.close();
  });
  expect(await failure(im.login({ userId: "alice" }))).toMatchObject({ code: "closed" });
  await (await server.session(0)).closed();
  expect(im.state).toBe("closed");
  expect(await failure(im.login({ userId: "alice" }))).toMatchObject({ code: "closed" });
});

test("a store gives an earlier page's messages back, and hears of what is done with them", async () => {
  const stored = new Map<string, string>();
  const received: string[] = [];
  const store: MessageStore = {
    load: async () => ({ outbox: [...stored.values()], received }),
    persist: (_, fp, body) => void stored.set(fp, body),
    forget: (_, fp) => void stored.delete(fp),
    remember: (_, hash) => void received.push(hash),
  };
  const { server, im: before } = await start(
    (session, message, number) => {
      if (message.type === 0) session.answerLogin(0);
      if (number === 0 && message.type === 2) {
        session.send({ type: 2, dataContent: "seen", from: "bob", to: "alice", fp: "f1", QoS: true });
      }
      if (number > 0 && message.type === 2) session.acknowledge(message);
    },
    { store },
  );
  await before.login({ userId: "alice" });
  const fp = before.newFingerprint();
  const seen = next(before, "message");
  const abandoned = failure(before.send("bob", "hi", { fp }));
  await seen;
  before.close();
  expect(await abandoned).toMatchObject({ code: "closed", kept: true, retry: false });
  expect([...stored.keys()]).toEqual([fp]);

  const after = await connectTo(server, { store });
  const shownAgain = vi.fn();
  after.on("message", shownAgain);
  const delivered = next(after, "delivered");
  const login = after.login({ userId: "alice" });
  // As an application does whose own history says that it is unsent.
  const again = after.send("bob", "hi", { fp });
  await login;
  expect(await delivered).toEqual({ fp });
  expect(await again).toEqual({ fp });
  expect(stored.size).toBe(0);
  const session = await server.session(1);
  expect(session.received.filter(({ type }) => type === 2)).toHaveLength(1);
  session.send({ type: 2, dataContent: "seen", from: "bob", to: "alice", fp: "f1", QoS: true });
  expect(await session.next(4)).toMatchObject({ dataContent: "f1" });
  expect(shownAgain).not.toHaveBeenCalled();
});

test("nothing is said to the server before the store was read", async () => {
  let loaded = () => {};
  let opened = () => {};
  const isOpen = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const open = webSocketTransport(WebSocket);
  const { server, im } = await start(undefined, {
    store: {
      load: () =>
        new Promise((resolve) => {
          loaded = () => resolve({ outbox: [], received: [] });
        }),
      persist: () => {},
      forget: () => {},
      remember: () => {},
    },
    transport: (url, events) => {
      const tellOpened = () => {
        events.opened();
        opened();
      };
      return open(url, { ...events, opened: tellOpened, message: events.message, closed: events.closed });
    },
  });
  const login = im.login({ userId: "alice" });
  await isOpen;
  // What may have been said is on its way before a ping is.
  await (await server.session(0)).ping();
  expect(server.sessions[0]?.received).toEqual([]);
  loaded();
  await login;
});

test("what is sent as soon as the client connects comes after what the store gives back", async () => {
  const body = (fp: string) =>
    JSON.stringify({
      bridge: false,
      type: 2,
      dataContent: fp,
      from: "alice",
      to: "bob",
      fp,
      QoS: true,
      typeu: -1,
    });
  const { server, im } = await start(undefined, {
    store: {
      load: async () => ({ outbox: [body("stored-1"), body("stored-2")], received: [] }),
      persist: () => {},
      forget: () => {},
      remember: () => {},
    },
  });
  const sent = new Promise((resolve) => {
    im.on("state", (state) => {
      if (state === "connecting") resolve(im.send("bob", "new"));
    });
  });
  await im.login({ userId: "alice" });
  await sent;
  const texts = server.sessions[0]?.received.filter(({ type }) => type === 2);
  expect(texts?.map(({ dataContent }) => dataContent)).toEqual(["stored-1", "stored-2", "new"]);
});

test("a store that fails is reported once, and the client goes on", async () => {
  const broken = () => {
    throw new Error("quota");
  };
  const store: MessageStore = { load: broken, persist: broken, forget: broken, remember: broken };
  const { im } = await start(undefined, { store });
  const codes: unknown[] = [];
  im.on("error", ({ code }) => codes.push(code));
  await im.login({ userId: "alice" });
  await im.send("bob", "hi");
  await im.send("bob", "again");
  expect(codes).toEqual(["store-failed"]);
});

test("a store that fails, works and fails again is reported each time it turns bad", async () => {
  let works = false;
  const store: MessageStore = {
    load: async () => ({ outbox: [], received: [] }),
    persist: async () => {
      if (!works) throw new Error("quota");
    },
    forget: async () => {},
    remember: async () => {},
  };
  const { im } = await start(undefined, { store });
  let reports = 0;
  im.on("error", () => {
    reports += 1;
  });
  await im.login({ userId: "alice" });
  for (const [now, expected] of [
    [false, 1],
    [false, 1],
    [true, 1],
    [false, 2],
  ] as const) {
    works = now;
    await im.send("bob", "hi");
    expect(reports).toBe(expected);
  }
});

test("an engine that cannot be loaded says why", async () => {
  const createClient = createClientOn({
    host: "node",
    device: "node",
    agent: () => "",
    load: () => Promise.reject(new Error("404")),
    transport: () => expect.fail(),
    seed: () => [1, 2],
    watch: () => () => {},
  });
  const error = await failure(createClient({ url: "ws://127.0.0.1/" }));
  expect(error).toBeInstanceOf(EngineLoadError);
  expect(error).toMatchObject({ code: "engine-not-loaded", message: expect.stringContaining("404") });
});
