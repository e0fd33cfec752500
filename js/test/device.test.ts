/** The device that logins name, and what a client is told of the user's others. */
import { expect, onTestFinished, test, vi } from "vitest";
import {
  ArgumentError,
  type ClientOptions,
  createClient,
  type Message,
  type MessageStore,
} from "../src/entries/node.js";
import { failure, next, start } from "./support/client.js";
import { startImsdk } from "./support/imsdk.js";

/** A store that keeps nothing but the device's name, in `kept`. */
function deviceStore(kept: { name?: string }, device?: MessageStore["device"]): MessageStore {
  return {
    load: async () => ({ outbox: [], received: [] }),
    persist() {},
    forget() {},
    remember() {},
    device: device ?? ((fresh) => (kept.name ??= fresh)),
  };
}

/** What a client with these options names in its login. */
async function named(options: Partial<ClientOptions>): Promise<{ deviceId?: string; platform?: string }> {
  const { server, im } = await start(undefined, options);
  await im.login({ userId: "alice" });
  const { dataContent = "" } = await (await server.session(0)).next(0);
  const { deviceId, platform } = JSON.parse(dataContent);
  expect(im.diagnostics().device).toBe(deviceId);
  return { deviceId, platform };
}

const NONE = { deviceId: undefined, platform: undefined };

test("a login names the device that the application names, and its kind", async () => {
  expect(await named({ device: "d-1" })).toEqual({ deviceId: "d-1", platform: "node" });
  expect(await named({ device: "d-1", platform: "kiosk" })).toEqual({ deviceId: "d-1", platform: "kiosk" });
});

test("a store keeps the name that was made first, and every client of it has the same", async () => {
  const kept: { name?: string } = {};
  const first = await named({ store: deviceStore(kept) });
  expect(first.deviceId).toMatch(/^[\da-z]{1,7}-[\da-z]{1,7}$/);
  expect(await named({ store: deviceStore(kept) })).toEqual(first);
  expect((await named({ store: deviceStore({}) })).deviceId).not.toBe(first.deviceId);
});

test("no device is named without a store, with one that keeps no name, or if the application wants none", async () => {
  const { device: _, ...without } = deviceStore({});
  for (const options of [{}, { store: without }, { store: false }, { store: deviceStore({}), device: false }])
    expect(await named(options as Partial<ClientOptions>)).toEqual(NONE);
  expect(await named({ platform: "kiosk" })).toEqual(NONE);
});

test("no device is named if the store fails: it would be another one at every visit", async () => {
  const broken = () => {
    throw new Error("the disk is full");
  };
  expect(await named({ store: deviceStore({}, broken) })).toEqual(NONE);
  expect(await named({ store: deviceStore({}, () => Promise.reject(new Error("no"))) })).toEqual(NONE);
});

test("a store that hangs does not keep the client from being made", async () => {
  vi.useFakeTimers();
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const store = deviceStore({}, () => new Promise(() => {}));
  const making = createClient({ url: "ws://localhost:1/websocket", transport: () => expect.fail(), store });
  await vi.advanceTimersByTimeAsync(3000);
  const im = await making;
  expect(im.diagnostics().device).toBeUndefined();
  im.close();
});

test.each(["", "x".repeat(65), "é".repeat(33), "\ud800"])(
  "%j is no name, and the error says what is",
  async (name) => {
    const must = "a text of 1 to 64 bytes in UTF-8";
    for (const [options, message] of [
      [{ device: name }, `device must be ${must}, or false, not `],
      [{ platform: name }, `platform must be ${must}, not `],
      [{ store: deviceStore({ name }) }, `store.device() must be ${must}, not `],
    ] as const) {
      const error = await failure(
        createClient({ url: "ws://localhost:1", transport: () => expect.fail(), ...options }),
      );
      expect(error).toBeInstanceOf(ArgumentError);
      expect((error as Error).message).toContain(message);
    }
  },
);

test("64 bytes are a name, in any language", async () => {
  for (const device of ["x".repeat(64), "é".repeat(32), "设".repeat(21), "😀".repeat(16)])
    expect((await named({ device })).deviceId).toBe(device);
});

test("what the user sent from another device is told from what they were sent", async () => {
  const { server, im } = await start(undefined, { device: "d-1" });
  const heard: Message[] = [];
  im.on("message", (message) => heard.push(message));
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  const message = { type: 2, QoS: true, dataContent: "hi" };
  session.send({ ...message, from: "alice", to: "bob", fp: "own" });
  session.send({ ...message, from: "bob", to: "alice", fp: "theirs" });
  session.send({ ...message, from: "alice", to: "alice", fp: "to oneself" });
  for (const fp of ["own", "theirs", "to oneself"]) await session.acknowledged(fp);
  expect(heard.map(({ fp, from, to, own }) => [fp, from, to, own])).toEqual([
    ["own", "alice", "bob", true],
    ["theirs", "bob", "alice", undefined],
    ["to oneself", "alice", "alice", undefined],
  ]);
});

test("a device that was away for too long is told from when on it has missed messages, once", async () => {
  const { im } = await start(
    (session, { type }, number) => {
      if (type !== 0) return;
      session.answerLogin(0, undefined, undefined, number === 0 ? 1_795_000_000_000 : undefined);
      if (number === 0) session.close();
    },
    { device: "d-1" },
  );
  const missed = vi.fn();
  im.on("missed", missed);
  const back = next(im, "log", (entry) => entry.type === "logged-in" && entry.reconnect);
  await im.login({ userId: "alice" });
  await back;
  expect(missed.mock.calls).toEqual([[{ since: 1_795_000_000_000 }]]);
  expect(im.diagnostics().log).toContainEqual(
    expect.objectContaining({ type: "missed", since: 1_795_000_000_000 }),
  );
});

test("IMSDK names no device, as its applications would take their own messages for others', unless it is told to", async () => {
  for (const [options, deviceId] of [
    [{}, undefined],
    [{ device: "d-1" }, "d-1"],
  ] as const) {
    const { IMSDK, login, server } = await startImsdk();
    IMSDK.clientOptions = { store: deviceStore({}), ...options };
    login("alice");
    const { dataContent = "" } = await (await server.session(0)).next(0);
    expect(JSON.parse(dataContent).deviceId).toBe(deviceId);
  }
});
