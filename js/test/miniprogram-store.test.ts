import { beforeEach, expect, test } from "vitest";
import { WxStore } from "../src/miniprogram/store.js";
import { FakeStorage, fakeWx } from "./support/fake-wx.js";

const URL = "wss://im.example.com/websocket";
let storage: FakeStorage;

beforeEach(() => {
  storage = new FakeStorage();
  fakeWx(storage.parts);
});

/** What an app that starts now finds. */
const stored = (userId = "alice", url = URL) => new WxStore(url).load(userId);

test("what was persisted and not forgotten is there after a kill, in order", async () => {
  const store = new WxStore(URL);
  await store.load("alice");
  for (const fp of ["a", "b", "c", "d"]) void store.persist("alice", fp, `body ${fp}`);
  await store.forget("alice", "b");
  expect((await stored()).outbox).toEqual(["body a", "body c", "body d"]);
});

test("the order is kept over segments, over restarts and over a clock that goes back", async () => {
  const bodies = Array.from({ length: 700 }, (_, number) => `body ${number}`);
  for (const [start, end] of [
    [0, 250],
    [250, 300],
    [300, 700],
  ]) {
    const store = new WxStore(URL);
    await store.load("alice");
    await Promise.all(bodies.slice(start, end).map((body) => store.persist("alice", body, body)));
  }
  expect((await stored()).outbox).toEqual(bodies);
});

test("an outbox that is empty again leaves no key behind", async () => {
  const store = new WxStore(URL);
  await store.load("alice");
  for (let number = 0; number < 500; number++) void store.persist("alice", `${number}`, "body");
  await store.remember("alice", "hash");
  expect(storage.keys("outbox")).toHaveLength(3);
  for (let number = 0; number < 499; number++) void store.forget("alice", `${number}`);
  await store.forget("alice", "499");
  expect(storage.keys("outbox")).toEqual([]);
});

test("changes that come while the storage is busy are written together", async () => {
  const store = new WxStore(URL);
  await store.load("alice");
  const changes = Array.from({ length: 100 }, (_, number) => store.remember("alice", `${number}`));
  await Promise.all(changes);
  expect(storage.written).toHaveLength(1);
  expect((await stored()).received).toHaveLength(100);
});

test("a message that is acknowledged before it could be written costs no write", async () => {
  const store = new WxStore(URL);
  await store.load("alice");
  void store.persist("alice", "a", "body");
  await store.forget("alice", "a");
  expect(storage.written).toEqual([]);
});

test("the last 10,000 hashes are kept, in a bounded number of keys", async () => {
  const store = new WxStore(URL);
  await store.load("alice");
  for (let number = 0; number < 25_000; number++) void store.remember("alice", `${number}`);
  await store.remember("alice", "last");
  const { received } = await stored();
  expect(received.length).toBeGreaterThanOrEqual(10_000);
  expect(received.length).toBeLessThanOrEqual(10_500);
  expect(received.slice(-2)).toEqual(["24999", "last"]);
  expect(storage.keys("received").length).toBeLessThanOrEqual(21);
});

test("users and servers do not see each other's messages, whatever they are called", async () => {
  const names = ["alice", "alice@wss", "a/1", "alice/outbox", ""];
  for (const name of names) {
    const store = new WxStore(URL);
    await store.load(name);
    await store.persist(name, "fp", `of ${name}`);
  }
  for (const name of names) expect((await stored(name)).outbox).toEqual([`of ${name}`]);
  expect((await stored("alice", "wss://other.example.com/websocket")).outbox).toEqual([]);
});

test("users who come once and never again do not fill the storage", async () => {
  for (let number = 0; number < 200; number++) {
    const store = new WxStore(URL);
    await store.load(`guest ${number}`);
    await store.remember(`guest ${number}`, "hash");
  }
  expect(storage.values.size).toBeLessThanOrEqual(65);
  expect((await stored("guest 199")).received).toEqual(["hash"]);
});

test("a full storage is told, and what could not be written is written once there is room", async () => {
  const store = new WxStore(URL);
  await store.load("alice");
  storage.full = true;
  await expect(store.persist("alice", "a", "body a")).rejects.toThrow(
    "wx.setStorage failed: setStorage:fail quota exceeded",
  );
  storage.full = false;
  await store.persist("alice", "b", "body b");
  expect((await stored()).outbox).toEqual(["body a", "body b"]);
});

test("a list that could not be read is not overwritten", async () => {
  const before = new WxStore(URL);
  await before.load("alice");
  await before.persist("alice", "a", "body a");
  storage.unreadable = true;
  const store = new WxStore(URL);
  await expect(store.load("alice")).rejects.toThrow("wx.getStorage failed: getStorage:fail");
  await store.persist("alice", "b", "body b");
  storage.unreadable = false;
  expect((await stored()).outbox).toEqual(["body a", "body b"]);
});

test("what changed while the list was read, or could not be written, counts more than what was read", async () => {
  const before = new WxStore(URL);
  await before.load("alice");
  await before.persist("alice", "a", "body a");
  const store = new WxStore(URL);
  const loading = store.load("alice");
  const persisted = store.persist("alice", "b", "body b");
  expect((await loading).outbox).toEqual(["body a", "body b"]);
  await persisted;
  storage.stuck = true;
  await expect(store.forget("alice", "a")).rejects.toThrow("wx.removeStorage failed: removeStorage:fail");
  expect((await store.load("alice")).outbox).toEqual(["body b"]);
  storage.stuck = false;
  await store.forget("alice", "b");
  expect((await stored()).outbox).toEqual([]);
});

test("what is no message of this package is left out", async () => {
  storage.values.set(`mobileim/outbox/alice@${URL}/5`, JSON.stringify([["fp", "body"], 7, ["fp"], null]));
  storage.values.set(`mobileim/received/alice@${URL}/5`, JSON.stringify({ no: "list" }));
  expect(await stored()).toEqual({ outbox: ["body"], received: [] });
});

test("what a closed client is still writing, the next one finds", async () => {
  const closed = new WxStore(URL);
  await closed.load("alice");
  void closed.persist("alice", "a", "body a");
  expect((await stored()).outbox).toEqual(["body a"]);
});

test("the device has one name for all users, servers and clients, also of clients that ask at once", async () => {
  const names = await Promise.all([new WxStore(URL).device("first"), new WxStore(URL).device("second")]);
  expect(names).toEqual(["first", "first"]);
  const elsewhere = new WxStore("wss://other.example.com/websocket");
  await elsewhere.load("bob");
  expect(await elsewhere.device("third")).toBe("first");
});

test("a device whose name cannot be read or written has none", async () => {
  storage.full = true;
  await expect(new WxStore(URL).device("first")).rejects.toThrow("wx.setStorage");
  storage.full = false;
  expect(await new WxStore(URL).device("second")).toBe("second");
  storage.unreadable = true;
  await expect(new WxStore(URL).device("third")).rejects.toThrow("wx.getStorage");
});
