//! The package by itself, as 构建 npm leaves it and as WeChat compiles it, in the strictest world, against a real server.
import { readFile } from "node:fs/promises";
import type { Client, ClientOptions, Message } from "mobileim/miniprogram";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { StrictWorld, type WorldOptions } from "../support/mini-program/strict-world.js";
import { memoryShelf } from "../support/mini-program/wx/storage.js";
import { Server } from "../support/server.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { Terminal } from "../support/terminal.js";
import { APP } from "./support/app/build.js";

type Package = typeof import("mobileim/miniprogram");

const server = new Server();
let proxy: TcpProxy;

beforeAll(async () => {
  await server.start();
  proxy = await new TcpProxy(() => server.addresses.ws).start();
});

afterAll(async () => {
  await proxy.stop();
  await server.stop();
});

const WASM = "miniprogram_npm/mobileim/mobileim.wasm";
const files = { [`/${WASM}`]: `${APP}/${WASM}` };

/** Where the package is taken from. */
const FORMS = {
  "as 构建 npm leaves it": new URL("../../miniprogram-demo", import.meta.url).pathname,
  "as WeChat compiles it": APP,
};
type Form = keyof typeof FORMS;
const FORM: Form = "as WeChat compiles it";

/** Starts an app: a world with the package in it. */
async function launch(options: Partial<WorldOptions> = {}, form: Form = FORM) {
  const world = new StrictWorld({ files, shelf: memoryShelf(), ...options });
  onTestFinished(() => world.kill());
  const folder = FORMS[form];
  const { files: compiled } = JSON.parse(await readFile("artifacts/compiled.json", "utf8")) as {
    files: string[];
  };
  world.sources((path) => compiled.includes(path), folder);
  return { world, mobileim: world.require("miniprogram_npm/mobileim/miniprogram.js") as Package };
}

async function connect(mobileim: Package, options: Partial<ClientOptions> = {}): Promise<Client> {
  const url = `ws://${server.addresses.ws}/websocket`;
  return mobileim.createClient({ url, getToken: () => "a-token", ...options });
}

/** The messages that come, and when there are so many. */
function collect(client: Client) {
  const messages: Message[] = [];
  let check = () => {};
  client.on("message", (message) => {
    messages.push(message);
    check();
  });
  const texts = () => messages.map(({ text }) => text);
  const count = (number: number) =>
    new Promise<void>((resolve) => {
      check = () => {
        if (messages.length >= number) resolve();
      };
      check();
    });
  return { texts, count };
}

test.each(Object.keys(FORMS) as Form[])("a client logs in, sends and receives, %s", async (form) => {
  const { world, mobileim } = await launch({}, form);
  const im = await connect(mobileim);
  expect(world.loaded).toEqual([`/${WASM}`]);
  const received = collect(im);
  await im.login({ userId: "alice" });
  const bob = await Terminal.chat(server, "bob", "alice");
  const texts = [
    "hi",
    "你好，世界",
    "😀 👩‍👩‍👧 \u{10ffff}",
    "tab\tnew\nline \u0001 \u007f é ß ÿ",
    "\ud800 alone \udc00",
  ];
  for (const text of texts) expect(await im.send("bob", text)).toEqual({ fp: expect.any(String) });
  await bob.shows("alice: hi");
  bob.say("back, 返回 😀");
  await received.count(1);
  expect(received.texts()).toEqual(["back, 返回 😀"]);
  await bob.shows("✓ alice: back, 返回 😀");
  await im.logout();
  expect(im.state).toBe("closed");
  await bob.leave();
});

test("every text arrives as it was sent, between two apps", async () => {
  const one = await launch();
  const two = await launch();
  const carol = await connect(one.mobileim);
  const dave = await connect(two.mobileim);
  const received = collect(dave);
  await Promise.all([carol.login({ userId: "carol" }), dave.login({ userId: "dave" })]);
  const texts = [
    "",
    "\0",
    "é",
    "你好",
    "😀",
    `${"长".repeat(1500)}😀`,
    '"quotes" \\ {json}',
    "\u2028\u2029\ufeff",
  ];
  for (const text of texts) await carol.send("dave", text);
  await received.count(texts.length);
  expect(received.texts()).toEqual(texts);
});

test("an app that was killed goes on where it was, and shows nothing twice", async () => {
  const shelf = memoryShelf();
  const erin = await Terminal.chat(server, "erin", "frank");
  const before = await launch({ shelf });
  const first = await connect(before.mobileim, { url: `ws://${proxy.address}/websocket` });
  const received = collect(first);
  await first.login({ userId: "frank" });
  erin.say("seen before the kill");
  await received.count(1);
  // It is stored before it is acknowledged, and acknowledged before this.
  await erin.shows("✓ frank: seen before the kill");
  proxy.deafen();
  const lost: string[] = [];
  for (const text of ["one", "two", "three"]) first.send("erin", text).catch(() => lost.push(text));
  erin.say("seen, but not acknowledged");
  await received.count(2);
  await stored(shelf, ["one", "two", "three"]);
  // One hash for each message that was seen.
  const hashes = () =>
    shelf
      .keys()
      .filter((key) => key.startsWith("mobileim/received/"))
      .flatMap((key) => JSON.parse(shelf.get(key) ?? "[]") as string[]);
  await until(() => hashes().length === 2);
  before.world.kill();
  proxy.mend();

  const after = await launch({ shelf });
  const second = await connect(after.mobileim, { url: `ws://${proxy.address}/websocket` });
  const again = collect(second);
  const delivered: string[] = [];
  second.on("delivered", ({ fp }) => delivered.push(fp));
  await second.login({ userId: "frank" });
  await erin.shows("frank: three");
  await second.send("erin", "four");
  await erin.shows("frank: four");
  await erin.shows("✓ frank: seen, but not acknowledged");
  erin.say("after the kill");
  await again.count(1);
  await erin.shows("✓ frank: after the kill");
  expect(erin.heard("frank")).toEqual(["one", "two", "three", "four"]);
  expect(again.texts()).toEqual(["after the kill"]);
  expect(delivered).toHaveLength(4);
  await until(() => !shelf.keys().some((key) => key.startsWith("mobileim/outbox/")));
  expect(lost).toEqual([]);
  await erin.leave();
});

test("a client goes through a restart of the server and a suspension in the background", async () => {
  const { world, mobileim } = await launch();
  const im = await connect(mobileim);
  const received = collect(im);
  await im.login({ userId: "grace" });
  const heidi = await Terminal.chat(server, "heidi", "grace");
  await server.stop();
  const sent = im.send("heidi", "while the server is down");
  await server.start();
  await sent;
  await heidi.shows("grace: while the server is down");
  world.host.hide();
  world.host.suspend();
  heidi.say("while in the background");
  await heidi.shows("✓ grace: while in the background");
  expect(received.texts()).toEqual([]);
  world.host.show();
  await received.count(1);
  expect(world.host.sockets.count).toBe(1);
  await heidi.leave();
});

test("the engine's file may be elsewhere in the app, and a missing one is told by its name", async () => {
  const { world, mobileim } = await launch({ files: { "/wasm/mobileim.wasm": `${APP}/${WASM}` } });
  await expect(connect(mobileim)).rejects.toThrow(`no such file in the package: /${WASM}`);
  const im = await connect(mobileim, { wasm: "/wasm/mobileim.wasm" });
  expect(world.loaded).toEqual([`/${WASM}`, "/wasm/mobileim.wasm"]);
  expect(im.state).toBe("offline");
});

test("a host that gives what browsers give is right too", async () => {
  const { mobileim } = await launch({ instantiates: "result" });
  expect((await connect(mobileim)).newFingerprint()).toMatch(/^[\w-]{36}$/);
});

test.each([
  [
    "2.12.3",
    "engine-not-loaded",
    "WXWebAssembly is missing: it needs base library 2.13.0 or newer, this is 2.12.3",
  ],
  [
    "2.14.4",
    "no-randomness",
    "wx.getRandomValues is missing: it needs base library 2.15.0 or newer, this is 2.14.4",
  ],
])("base library %s is told that it is too old", async (version, code, complaint) => {
  const { mobileim } = await launch({ version });
  const failure = await connect(mobileim).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(mobileim.MobileIMError);
  expect(failure).toMatchObject({ code, message: expect.stringContaining(complaint) });
});

test("a full storage is told by an event, and messages are sent nevertheless", async () => {
  const { world, mobileim } = await launch();
  const im = await connect(mobileim, { url: `ws://${proxy.address}/websocket` });
  const errors: string[] = [];
  im.on("error", ({ message }) => errors.push(message));
  await im.login({ userId: "ivan" });
  world.host.storage.full = true;
  proxy.deafen();
  const sent = im.send("judy", "with a full storage");
  await until(() => errors.length > 0);
  expect(errors[0]).toBe("the message store failed: wx.setStorage failed: setStorage:fail quota exceeded");
  proxy.cut();
  proxy.mend();
  await sent;
});

test("clients of one app do not leave sockets behind", async () => {
  const { world, mobileim } = await launch();
  for (let round = 0; round < 8; round++) {
    const im = await connect(mobileim);
    await im.login({ userId: "kim" });
    await im.send("kim", `round ${round}`);
    im.close();
    await until(() => world.host.sockets.count === 0);
  }
  expect(world.host.sockets.opened).toBe(8);
});

/** Looks again and again: a host tells nobody what it has written or closed. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** When these texts are in the stored outbox. */
function stored(
  shelf: { keys(): string[]; get(key: string): string | undefined },
  texts: string[],
): Promise<void> {
  const outbox = () =>
    shelf
      .keys()
      .filter((key) => key.startsWith("mobileim/outbox/"))
      .map((key) => shelf.get(key))
      .join();
  return until(() => texts.every((text) => outbox().includes(text)));
}
