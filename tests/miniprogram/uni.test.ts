//! The uni-app demo, built for WeChat, against a real server.
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { UniApp, type UniAppOptions } from "../support/mini-program/uni-app.js";
import { memoryShelf, type Shelf } from "../support/mini-program/wx/storage.js";
import { Server } from "../support/server.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { Terminal } from "../support/terminal.js";
import { WatchedShelf } from "./support/watched-shelf.js";

/** What miniprogram-ci made of the demo's build. */
const DEMO: UniAppOptions = {
  folder: fileURLToPath(new URL("artifacts/uni/", import.meta.url)),
  pages: ["pages/login/login", "pages/chat/chat"],
};

const server = new Server();
beforeAll(() => server.start());
afterAll(async () => void (await server.stop()));

interface Surroundings {
  shelf?: Shelf;
  /** The server's, or that of a network to it. */
  address?: string;
}

async function signIn(
  user: string,
  peer: string,
  { shelf = memoryShelf(), address = server.addresses.ws }: Surroundings = {},
): Promise<UniApp> {
  const app = new UniApp(shelf, DEMO);
  onTestFinished(() => app.kill());
  app.type("server", `ws://${address}/websocket`);
  app.type("user-id", user);
  app.type("peer", peer);
  app.confirm("peer");
  await app.until(({ path }) => path === "pages/chat/chat");
  return app;
}

test("the pages talk to a terminal, through a restart of the server and a cut of the network", async () => {
  const network = await TcpProxy.untilTestEnds(server);
  const alice = await signIn("weixin-alice", "weixin-bob", { address: network.address });
  const bob = await Terminal.chat(server, "weixin-bob", "weixin-alice");
  alice.type("draft", "你好 😀");
  alice.confirm("draft");
  await alice.until(({ shown }) => shown.includes("你好 😀") && shown.includes("✓"));
  await bob.shows("weixin-alice: 你好 😀");
  bob.say("Hello uni-app");
  await alice.until(({ shown }) => shown.includes("Hello uni-app"));

  expect(await server.stop()).toBe(0);
  await alice.until(({ shown }) => shown.includes("Reconnecting…"));
  alice.type("draft", "while it is down");
  alice.confirm("draft");
  await alice.until(({ shown }) => shown.includes("while it is down") && shown.includes('"…"'));
  await server.start();
  await alice.until(({ shown }) => shown.includes("while it is down") && !shown.includes('"…"'));
  await bob.shows("weixin-alice: while it is down");

  network.cut();
  await alice.until(({ shown }) => shown.includes("Reconnecting…"));
  alice.type("draft", "while it is cut");
  alice.confirm("draft");
  await alice.until(({ shown }) => shown.includes("while it is cut") && shown.includes('"…"'));
  network.mend();
  await alice.until(({ shown }) => shown.includes("while it is cut") && !shown.includes('"…"'));
  await bob.shows("weixin-alice: while it is cut");
  expect(bob.heard("weixin-alice")).toEqual(["你好 😀", "while it is down", "while it is cut"]);
  await bob.leave();
});

test("a message that was under way when the app was killed is delivered at the next start", async () => {
  const shelf = new WatchedShelf();
  const erin = await signIn("weixin-erin", "weixin-frank", { shelf });
  const frank = await Terminal.chat(server, "weixin-frank", "weixin-erin");
  await server.stop();
  await erin.until(({ shown }) => shown.includes("Reconnecting…"));
  erin.type("draft", "under way");
  erin.confirm("draft");
  await shelf.outbox("under way");
  erin.kill();
  await server.start();
  const again = await signIn("weixin-erin", "weixin-frank", { shelf });
  await again.until(({ shown }) => shown.includes("under way") && shown.includes("✓"));
  await frank.shows("weixin-erin: under way");
  expect(frank.heard("weixin-erin")).toEqual(["under way"]);
  await frank.leave();
});

test("a sign-in elsewhere leads back to the first page, with the reason", async () => {
  const first = await signIn("weixin-carol", "weixin-dave");
  await signIn("weixin-carol", "weixin-dave");
  await first.until(({ path }) => path === "pages/login/login");
  await first.until(({ shown }) => shown.includes("logged in elsewhere"));
});
