//! A mini-program's module written for MobileIMSDK's client, with its require changed, in the strictest world there may be,
//! against a real server.
import { existsSync } from "node:fs";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { StrictWorld } from "../support/mini-program/strict-world.js";
import { memoryShelf, type Shelf } from "../support/mini-program/wx/storage.js";
import { Server } from "../support/server.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { Terminal } from "../support/terminal.js";
import { APP } from "./support/app/build.js";
import { WatchedShelf } from "./support/watched-shelf.js";

/** The fixture, and the package as WeChat compiles it. */
const FOLDER = "artifacts/imsdk";
const WASM = "miniprogram_npm/mobileim/mobileim.wasm";

const server = new Server();
beforeAll(async () => {
  await cp("imsdk", FOLDER, { recursive: true });
  // With the helpers that the compiler adds.
  for (const part of ["miniprogram_npm", "@babel"]) {
    await cp(join(APP, part), join(FOLDER, part), { recursive: true });
  }
  await server.start();
});
afterAll(async () => void (await server.stop()));

interface Shown {
  dataContent: string;
  fp: string;
  isme: boolean;
  status?: string;
  [field: string]: unknown;
}

interface Manager {
  notices: string[];
  messages: Shown[];
  /** The fingerprints that were reported as received. */
  received: string[];
  login(userId: string, token: string): void;
  send(text: string, to: string): void;
}

/** The app of the fixture, and a way to wait for what it shows. */
class App {
  readonly world: StrictWorld;
  readonly im: Manager;
  #waiting: (() => void)[] = [];

  constructor(
    shelf: Shelf = memoryShelf(),
    address = server.addresses.ws,
    files: Record<string, string> = { [`/${WASM}`]: join(FOLDER, WASM) },
  ) {
    this.world = new StrictWorld({ files, shelf });
    this.world.sources((path) => existsSync(join(FOLDER, path)), FOLDER);
    const IMManager = this.world.require("im-manager.js") as new (
      url: string,
      onChange: () => void,
    ) => Manager;
    this.im = new IMManager(`ws://${address}/websocket`, () => {
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
    onTestFinished(() => this.world.kill());
  }

  /** When a condition holds. */
  async until(condition: (im: Manager) => boolean): Promise<void> {
    while (!condition(this.im)) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** When it was told this, after what it was told before. */
  async told(...notices: string[]): Promise<void> {
    await this.until((im) => im.notices.length >= notices.length);
    expect(this.im.notices).toEqual(notices);
  }

  async sent(text: string, status: string): Promise<void> {
    await this.until((im) => im.messages.some((one) => one.dataContent === text && one.status === status));
  }

  async received(text: string): Promise<void> {
    await this.until((im) => im.messages.some((one) => one.dataContent === text && !one.isme));
  }
}

test("the app talks to a terminal, through a restart of the server and a cut of the network", async () => {
  const network = await TcpProxy.untilTestEnds(server);
  const alice = new App(memoryShelf(), network.address);
  alice.im.login("mini-alice", "any");
  await alice.told("online");
  const bob = await Terminal.chat(server, "mini-bob", "mini-alice");
  alice.im.send("你好 😀", "mini-bob");
  await alice.sent("你好 😀", "received");
  await bob.shows("mini-alice: 你好 😀");
  bob.say("Hello mini-program");
  await alice.received("Hello mini-program");
  const [mine, theirs] = alice.im.messages;
  expect(mine?.fp).toMatch(/^[A-Za-z][A-Za-z0-9]{11}$/);
  expect(theirs).toMatchObject({ type: 2, from: "mini-bob", to: "mini-alice", QoS: true, bridge: false });

  expect(await server.stop()).toBe(0);
  await alice.told("online", "offline");
  alice.im.send("while it is down", "mini-bob");
  await server.start();
  await alice.told("online", "offline", "back");
  await alice.sent("while it is down", "received");
  await bob.shows("mini-alice: while it is down");

  network.cut();
  await alice.told("online", "offline", "back", "offline");
  alice.im.send("while it is cut", "mini-bob");
  network.mend();
  await alice.told("online", "offline", "back", "offline", "back");
  await alice.sent("while it is cut", "received");
  await bob.shows("mini-alice: while it is cut");
  expect(bob.heard("mini-alice")).toEqual(["你好 😀", "while it is down", "while it is cut"]);
  await bob.leave();
});

test("a message in the moment of the start is refused in clear words, and one in the moment of the login is not", async () => {
  const carol = new App();
  carol.im.login("mini-carol", "any");
  expect(() => carol.im.send("too early", "mini-carol")).toThrow("make messages after the login");
  await carol.told("online");
  carol.im.send("in time", "mini-carol");
  await carol.sent("in time", "received");
});

test("an app without the engine's file says so on the console and to its user, and which file it is", async () => {
  const dora = new App(memoryShelf(), server.addresses.ws, {});
  dora.im.login("mini-dora", "any");
  await dora.told("refused");
  const [error = "", ...more] = dora.world.errors;
  expect(more).toEqual([]);
  expect(error).toMatch(/^IMSDK.loginImpl: the WebAssembly engine could not be loaded: /);
  expect(error).toContain(`the app's file /${WASM}`);
  expect(dora.world.host.modals).toEqual([error.slice("IMSDK.loginImpl: ".length)]);
});

test("the names on wx are all there, and work in the host", async () => {
  const emil = new App();
  emil.world.run("wx.MBUtils.alert('not connected')");
  expect(emil.world.host.modals).toEqual(["not connected"]);
  emil.im.login("mini-emil", "any");
  await emil.told("online");
  expect(emil.world.run("wx.MBProtocalFactory.genFingerPrint()")).toMatch(/^[A-Za-z][A-Za-z0-9]{11}$/);
  expect(emil.world.run("[wx.uuid.v1(), wx.uuid.v4()].map((id) => id[14]).join()")).toBe("1,4");
  expect(emil.world.errors).toEqual([]);
});

test("a second login kicks the first", async () => {
  const first = new App();
  first.im.login("mini-dave", "any");
  await first.told("online");
  const second = new App();
  second.im.login("mini-dave", "any");
  await first.told("online", "kicked 1", "offline");
});

test("a message that was under way when the app was killed is delivered after the next login, and told", async () => {
  const shelf = new WatchedShelf();
  const erin = new App(shelf);
  erin.im.login("mini-erin", "any");
  await erin.told("online");
  const frank = await Terminal.chat(server, "mini-frank", "mini-erin");
  await server.stop();
  await erin.told("online", "offline");
  erin.im.send("under way", "mini-frank");
  await shelf.outbox("under way");
  erin.world.kill();
  await server.start();
  const again = new App(shelf);
  again.im.login("mini-erin", "any");
  await again.until(({ received }) => received.length > 0);
  expect(again.im.received).toEqual([erin.im.messages[0]?.fp]);
  await frank.shows("mini-erin: under way");
  expect(frank.heard("mini-erin")).toEqual(["under way"]);
  await frank.leave();
});
