/** Whatever is handed in: a call that does not take it says so, and none hangs, loops or breaks the engine. */
import { expect, onTestFinished, test, vi } from "vitest";
import {
  ArgumentError,
  type Client,
  type ClientOptions,
  createClient,
  type MessageStore,
  type Transport,
  webSocketTransport,
} from "../src/entries/node.js";
import { ClientOwner, chosen } from "../src/hooks/client-owner.js";
import { createClient as createMiniProgramClient, WxStore } from "../src/miniprogram/index.js";
import { failure, next, start } from "./support/client.js";

const THINGS: unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  1001,
  10n,
  "",
  "text",
  "\ud800",
  Symbol("symbol"),
  {},
  [],
  () => {},
  new String("boxed"),
];

const isId = (thing: unknown) =>
  (typeof thing === "string" && thing !== "\ud800") ||
  typeof thing === "bigint" ||
  Number.isSafeInteger(thing);
const isText = (thing: unknown) => typeof thing === "string";
const orMissing = (is: (thing: unknown) => boolean) => (thing: unknown) => thing === undefined || is(thing);
const isPlain = (thing: unknown) => typeof thing === "object" && thing !== null;

/** Of each argument of the client's functions: how it is given, and what it takes. */
const ARGUMENTS: Record<
  string,
  [call: (im: Client, thing: never) => unknown, takes: (thing: unknown) => boolean]
> = {
  "login options": [(im, thing) => im.login(thing), () => false],
  userId: [(im, userId) => im.login({ userId, token: "t" }), isId],
  token: [(im, token) => im.login({ userId: "alice", token }), orMissing(isText)],
  extra: [(im, extra) => im.login({ userId: "alice", extra }), orMissing(isText)],
  to: [(im, to) => im.send(to, "hi"), isId],
  text: [(im, text) => im.send("bob", text), isText],
  "send options": [
    (im, thing) => im.send("bob", "hi", thing),
    (thing) => thing === undefined || isPlain(thing),
  ],
  typeu: [
    (im, typeu) => im.send("bob", "hi", { typeu }),
    orMissing((thing) => Number.isInteger(thing) && Math.abs(thing as number) < 2 ** 31),
  ],
  qos: [(im, qos) => im.send("bob", "hi", { qos }), orMissing((thing) => typeof thing === "boolean")],
  fp: [(im, fp) => im.send("bob", "hi", { fp }), orMissing((thing) => isText(thing) && thing !== "\ud800")],
  type: [(im, type) => im.on(type, () => {}), () => false],
  listener: [(im, listener) => im.on("message", listener), (thing) => typeof thing === "function"],
};

test.each(Object.keys(ARGUMENTS))("%s: what is wrong is named, and the client is as it was", async (name) => {
  const [call, takes] = ARGUMENTS[name] ?? expect.fail();
  const { im } = await start();
  const errors = vi.fn();
  im.on("error", errors);
  if (!/login|userId|token|extra/.test(name)) await im.login({ userId: "alice" });
  for (const thing of THINGS) {
    const outcome = await failure(
      (async () => {
        await call(im, thing as never);
        throw new Error("taken");
      })(),
    );
    if (/login|userId|token|extra/.test(name)) await im.logout();
    if (takes(thing)) expect(outcome, String(thing)).not.toBeInstanceOf(ArgumentError);
    else {
      expect(outcome, String(thing)).toBeInstanceOf(ArgumentError);
      expect(outcome).toMatchObject({ name: "ArgumentError", code: "bad-argument" });
      const { argument, message } = outcome as ArgumentError;
      expect(message).toMatch(new RegExp(`^${argument} must be .*, not .+$`));
      expect([name, "options", "userId"].some((one) => one.endsWith(argument))).toBe(true);
    }
  }
  await im.login({ userId: "alice" });
  expect(await im.send("bob", "still here")).toBeTruthy();
  expect(errors).not.toHaveBeenCalled();
});

test("numeric ids are taken as their text, everywhere", async () => {
  const { server, im } = await start();
  await im.login({ userId: 1001 });
  expect(im.userId).toBe("1001");
  await im.login({ userId: "1001" });
  await im.send(10_000_000_000_000n, "hi");
  await im.send(-0, "hi");
  const { received } = await server.session(0);
  expect(received.filter(({ type }) => type === 2).map(({ from, to }) => [from, to])).toEqual([
    ["1001", "10000000000000"],
    ["1001", "0"],
  ]);
  expect(JSON.parse(received[0]?.dataContent ?? "")).toMatchObject({ loginUserId: "1001" });
});

const isFunction = (thing: unknown) => typeof thing === "function";

test("options of createClient that are wrong are named", async () => {
  const rightly: ClientOptions = { url: "ws://127.0.0.1/", transport: () => expect.fail() };
  const options: Record<string, (thing: unknown) => boolean> = {
    url: () => false,
    getToken: orMissing(isFunction),
    transport: orMissing(isFunction),
    senseMode: (thing) => thing === undefined,
    device: orMissing((thing) => thing === "text"),
    platform: orMissing((thing) => thing === "text"),
    tabs: orMissing((thing) => typeof thing === "boolean"),
    store: (thing) => thing === undefined || thing === null,
    wasm: orMissing((thing) => isText(thing) || isFunction(thing) || isPlain(thing)),
  };
  for (const [name, takes] of Object.entries(options)) {
    for (const thing of THINGS.filter((one) => !takes(one))) {
      const error = await failure(createClient({ ...rightly, [name]: thing }));
      expect(error, `${name} ${String(thing)}`).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({ argument: name });
    }
  }
  for (const thing of THINGS.filter((one) => !isPlain(one)))
    expect(await failure(createClient(thing as never))).toMatchObject({ argument: "options" });
  expect(await failure(createMiniProgramClient({ url: 1 } as never))).toMatchObject({ argument: "url" });
});

test("other functions of the package say what is wrong too", () => {
  expect(() => webSocketTransport({} as never)).toThrow(ArgumentError);
  expect(() => new WxStore(1 as never)).toThrow(ArgumentError);
  const owner = new ClientOwner();
  expect(() => owner.start(undefined as never)).toThrow(ArgumentError);
  expect(() => owner.on("message", "f" as never)).toThrow(ArgumentError);
  for (const limit of [0, -1, 1.5, Number.NaN, "1"])
    expect(() => chosen({ limit } as never)).toThrow(ArgumentError);
  expect(() => chosen({ from: {} } as never)).toThrow(ArgumentError);
  expect(() => chosen({ with: {} } as never)).toThrow(ArgumentError);
});

test("a component's user may have a number for an id, and is not logged out for it", async () => {
  const { server, im } = await start();
  const owner = new ClientOwner();
  const online = next(im, "state", (state) => state === "online");
  onTestFinished(owner.start(async () => im));
  owner.setUser({ userId: 1001 });
  await online;
  owner.setUser({ userId: 1001 });
  await im.send("bob", "hi");
  expect(server.sessions).toHaveLength(1);
});

test("whatever a store gives back, the client works, and says that the store does not", async () => {
  for (const stored of [...THINGS, { outbox: THINGS, received: THINGS }, { outbox: [], received: "abc" }]) {
    const store = {
      load: async () => stored,
      persist: () => {},
      forget: () => {},
      remember: () => {},
    } as unknown as MessageStore;
    const { server, im } = await start(undefined, { store });
    const reported = next(im, "error");
    await im.login({ userId: "alice" });
    await im.send("bob", "hi");
    expect((await reported).code).toBe("store-failed");
    im.close();
    await server.stop();
  }
});

test("whatever a transport reports, the client works", async () => {
  const open = webSocketTransport((await import("ws")).WebSocket);
  const frames: unknown[] = [...THINGS.filter((thing) => thing !== ""), "x".repeat((1 << 24) + 1)];
  const transport: Transport = (url, events) =>
    open(url, {
      message: events.message,
      closed: events.closed,
      opened: () => {
        for (const frame of frames) events.message(frame as string);
        events.opened();
      },
    });
  const { im } = await start(undefined, { transport });
  const codes = new Set<unknown>();
  im.on("error", ({ code }) => codes.add(code));
  await im.login({ userId: "alice" });
  await im.send("bob", "hi");
  expect([...codes]).toEqual(["bad-message"]);
});

test("an engine that is none is said to be none", async () => {
  vi.resetModules();
  const fresh = await import("../src/entries/node.js");
  for (const wasm of [() => undefined, () => ({}), async () => 7]) {
    const error = await failure(
      fresh.createClient({ url: "ws://h/", transport: () => expect.fail(), wasm: wasm as never }),
    );
    expect(error).toMatchObject({ code: "engine-not-loaded" });
  }
});
