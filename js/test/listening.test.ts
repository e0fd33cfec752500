import { expect, test, vi } from "vitest";
import type { MessageStore } from "../src/entries/node.js";
import { ClientOwner } from "../src/hooks/client-owner.js";
import { connectTo, next, start } from "./support/client.js";
import { startImsdk } from "./support/imsdk.js";
import { hear, message, settled, withOffline } from "./support/offline.js";

test("messages that come before the first listener wait for it, unacknowledged, and come in order", async () => {
  const { server, im } = await start(withOffline("one", "two"));
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  session.send(message("three", false));
  await settled(server);
  expect(session.received.filter(({ type }) => type === 4)).toEqual([]);
  const { texts } = hear(im);
  expect(texts).toEqual([]);
  const second = hear(im);
  await session.acknowledged("two");
  expect(texts).toEqual(["one", "two", "three"]);
  expect(second.texts).toEqual(texts);
});

test("what nobody heard is there for the next client", async () => {
  const { server, im } = await start(withOffline("one"));
  await im.login({ userId: "alice" });
  await settled(server);
  im.close();
  const later = await connectTo(server);
  const { texts } = hear(later);
  await later.login({ userId: "alice" });
  await (await server.session(1)).acknowledged("one");
  expect(texts).toEqual(["one"]);
  expect((await server.session(0)).received.filter(({ type }) => type === 4)).toEqual([]);
});

test("a listener that is removed by the first of several messages leaves the others to the next one", async () => {
  const { server, im } = await start((session, said) => {
    if (said.type === 0) session.answerLogin(0, 65_536);
  });
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  const first: string[] = [];
  const off = im.on("message", ({ text }) => {
    off();
    first.push(text);
  });
  session.sendBatch([message("one"), message("two"), message("three")]);
  await session.acknowledged("one");
  await settled(server);
  expect(first).toEqual(["one"]);
  expect(session.received.filter(({ type }) => type === 4)).toHaveLength(1);
  const { texts } = hear(im);
  await session.acknowledged("three");
  expect(texts).toEqual(["two", "three"]);
});

test("a message that is held is neither remembered nor lost when the page goes", async () => {
  const received: string[] = [];
  const store: MessageStore = {
    load: async () => ({ outbox: [], received }),
    persist: () => {},
    forget: () => {},
    remember: (_, hash) => void received.push(hash),
  };
  const { server, im } = await start(withOffline("one"), { store });
  await im.login({ userId: "alice" });
  await settled(server);
  expect(received).toEqual([]);
  im.close();
  const after = await connectTo(server, { store });
  const { texts } = hear(after);
  await after.login({ userId: "alice" });
  await (await server.session(1)).acknowledged("one");
  expect(texts).toEqual(["one"]);
  expect(received).toHaveLength(1);
});

test("a link that is lost meanwhile does not lose what is held, nor show it twice", async () => {
  const { server, im } = await start(withOffline("one"));
  await im.login({ userId: "alice" });
  await settled(server);
  const online = next(im, "state", (state) => state === "online");
  (await server.session(0)).close();
  await online;
  await settled(server, 1);
  const { texts } = hear(im);
  await (await server.session(1)).acknowledged("one");
  expect(texts).toEqual(["one"]);
});

test("a component that mounts late hears what came before it, and after one that unmounted", async () => {
  const { server, im } = await start(withOffline("one"));
  const owner = new ClientOwner();
  owner.setUser({ userId: "alice" });
  const stop = owner.start(async () => im);
  await settled(server);
  const early = vi.fn();
  const unmount = owner.on("message", early);
  const session = await server.session(0);
  await session.acknowledged("one");
  expect(early).toHaveBeenCalledOnce();
  unmount();
  session.send(message("two"));
  await settled(server);
  const late = vi.fn();
  owner.on("message", late);
  await session.acknowledged("two");
  expect(late).toHaveBeenCalledOnce();
  expect(early).toHaveBeenCalledOnce();
  stop();
});

test("the drop-in's messages wait for the application's callback; where it is null later, it wants none", async () => {
  const { IMSDK, server, login } = await startImsdk(withOffline("one"));
  const texts: unknown[] = [];
  login("alice");
  await settled(server);
  const session = await server.session(0);
  expect(session.received.filter(({ type }) => type === 4)).toEqual([]);
  IMSDK.callback_onIMData = ({ dataContent }) => void texts.push(dataContent);
  await session.acknowledged("one");
  IMSDK.callback_onIMData = null;
  session.send(message("two"));
  await session.acknowledged("two");
  expect(texts).toEqual(["one"]);
});
