//! The demo mini-program as WeChat would compile it, its pages in Chromium, against a real server.
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Server } from "../support/server.js";
import { FolderSite } from "../support/site.js";
import { Stage } from "../support/stage.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { Terminal } from "../support/terminal.js";
import { SITE } from "./support/app/build.js";
import { MiniApp } from "./support/mini-app.js";

const stage = new Stage();
const { server } = stage;
let site: FolderSite;
let proxy: TcpProxy;

beforeAll(async () => {
  site = await FolderSite.start(SITE);
  proxy = await new TcpProxy(() => server.addresses.ws).start();
});

afterAll(async () => {
  await proxy.stop();
  await site.stop();
});

const direct = () => `ws://${server.addresses.ws}/websocket`;
const proxied = () => `ws://${proxy.address}/websocket`;

test("one signs in, writes to a terminal, sees the tick, and what comes in is counted until it is looked at", async () => {
  const alice = await MiniApp.open(stage.browser, site.url);
  await alice.screenshot("login");
  await alice.signIn("alice", direct());
  await alice.screenshot("no-chats");
  const bob = await Terminal.chat(server, "bob", "alice");
  await alice.startChat("bob");
  await alice.say("Hello 你好 😀\nfrom WeChat");
  await bob.shows("alice: Hello 你好 😀");
  await alice.sent("Hello 你好 😀", "Delivered").waitFor();
  await alice.back();
  bob.say("one");
  bob.say("two");
  await alice.row("bob").getByText("2", { exact: true }).waitFor();
  await alice.screenshot("unread");
  await alice.openChat("bob");
  await alice.received("two").waitFor();
  expect(await alice.all("theirs")).toEqual(["one", "two"]);
  await bob.shows("✓ alice: two");
  await alice.back();
  await alice.row("bob").waitFor();
  expect(await alice.row("bob").getByText("2", { exact: true }).count()).toBe(0);
  await bob.leave();
});

test("nothing is lost, doubled or out of order through a restart of the server and a cut of the network", async () => {
  const carol = await MiniApp.open(stage.browser, site.url);
  await carol.signIn("carol", proxied());
  const dave = await Terminal.chat(server, "dave", "carol");
  await carol.startChat("dave");
  await carol.say("before");
  await carol.sent("before", "Delivered").waitFor();

  expect(await server.stop()).toBe(0);
  await carol.reconnecting.waitFor();
  await carol.say("first, while the server is down");
  await carol.say("second, while the server is down");
  dave.say("terminal, while the server is down");
  await carol.sent("second, while the server is down", "Sending").waitFor();
  await carol.screenshot("reconnecting");
  await server.start();
  await carol.sent("second, while the server is down", "Delivered").waitFor();
  await carol.received("terminal, while the server is down").waitFor();

  proxy.cut();
  await carol.page.evaluate(() => window.host.network(false));
  await carol.page
    .getByText("No network. What you write is kept and sent.")
    .locator("visible=true")
    .waitFor();
  await carol.say("without a network");
  dave.say("terminal, to one without a network");
  await dave.shows("✓ carol: terminal, to one without a network");
  proxy.mend();
  await carol.page.evaluate(() => window.host.network(true));
  await carol.sent("without a network", "Delivered").waitFor();
  await carol.say("afterwards");
  await dave.shows("carol: afterwards");
  dave.say("terminal, afterwards");
  await carol.received("terminal, afterwards").waitFor();

  const said = [
    "before",
    "first, while the server is down",
    "second, while the server is down",
    "without a network",
  ];
  expect(dave.heard("carol")).toEqual([...said, "afterwards"]);
  expect(await carol.all("theirs")).toEqual([
    "terminal, while the server is down",
    "terminal, to one without a network",
    "terminal, afterwards",
  ]);
  await dave.leave();
});

test("an app that was in the background is back at once, with what came meanwhile", async () => {
  const erin = await MiniApp.open(stage.browser, site.url);
  await erin.signIn("erin", direct());
  const frank = await Terminal.chat(server, "frank", "erin");
  await erin.startChat("frank");
  await erin.page.evaluate(() => {
    window.host.hide();
    window.host.suspend();
  });
  frank.say("to one in the background");
  await frank.shows("✓ erin: to one in the background");
  expect(await erin.all("theirs")).toEqual([]);
  const opened = await erin.page.evaluate(() => {
    window.host.show();
    return window.host.sockets.opened;
  });
  // Within the call: it did not wait for anything.
  expect(opened).toBe(2);
  await erin.received("to one in the background").waitFor();
  await erin.say("back");
  await frank.shows("erin: back");
  expect(await erin.page.evaluate(() => window.host.sockets.count)).toBe(1);
  await frank.leave();
});

test("an app that was away for too long is told from when on the messages are only on other devices", async () => {
  const own = new Server(["--devices-sessions", "per-device", "--max-stored", "2"]);
  await own.start();
  onTestFinished(async () => {
    await own.stop();
  });
  const erin = await MiniApp.open(stage.browser, site.url);
  await erin.signIn("erin", `ws://${own.addresses.ws}/websocket`);
  await erin.page.evaluate(() => {
    window.host.hide();
    window.host.suspend();
  });
  const other = await Terminal.chat(own, "erin", "frank", "another");
  const frank = await Terminal.chat(own, "frank", "erin");
  for (const text of ["one", "two", "three", "four"]) {
    frank.say(text);
    await frank.shows(`✓ erin: ${text}`);
  }
  await other.shows("frank: four");
  await erin.page.evaluate(() => window.host.show());
  const told = "You were away for long. Only your other devices have the messages from then on:";
  await erin.page.locator(".modal").getByText(told).waitFor();
  await erin.row("frank").waitFor();
  for (const one of [other, frank]) await one.leave();
});

test("a message that was under way when the app was killed arrives once, in order", async () => {
  const grace = await MiniApp.open(stage.browser, site.url);
  await grace.signIn("grace", proxied());
  const heidi = await Terminal.chat(server, "heidi", "grace");
  await grace.startChat("heidi");
  proxy.deafen();
  await grace.say("one, under way");
  await grace.say("two, under way");
  await grace.sent("two, under way", "Sending").waitFor();
  await grace.page.waitForFunction(() =>
    Object.keys(localStorage).some((key) => key.startsWith("mobileim/outbox/")),
  );
  await grace.page.goto("about:blank");
  proxy.mend();
  await grace.launch();
  await heidi.shows("grace: two, under way");
  await grace.openChat("heidi");
  await grace.sent("two, under way", "Delivered").waitFor();
  await grace.say("three");
  await heidi.shows("grace: three");
  expect(heidi.heard("grace")).toEqual(["one, under way", "two, under way", "three"]);
  expect(await grace.all("mine")).toEqual(["one, under way", "two, under way", "three"]);
  await heidi.leave();
});

test("a sign-in elsewhere ends the session, says so, and one can sign in again", async () => {
  const first = await MiniApp.open(stage.browser, site.url);
  await first.signIn("ivan", direct());
  const second = await MiniApp.open(stage.browser, site.url);
  await second.signIn("ivan", direct());
  await first.kicked.getByText("Signed in elsewhere").waitFor();
  await first.screenshot("kicked");
  await first.page.getByRole("button", { name: "Sign in here again" }).tap();
  await second.kicked.waitFor();
  await first.kicked.waitFor({ state: "detached" });
  await first.startChat("ivan");
  await first.say("note to self");
  await first.sent("note to self", "Delivered").waitFor();
  await first.received("note to self").waitFor();
  await second.page.getByRole("button", { name: "Not now" }).tap();
  await second.field("user-id").waitFor();
});

test("a message that was given up by signing out can be sent again", async () => {
  const niaj = await MiniApp.open(stage.browser, site.url);
  await niaj.signIn("niaj", proxied());
  await niaj.startChat("olivia");
  proxy.deafen();
  await niaj.say("in vain");
  await niaj.sent("in vain", "Sending").waitFor();
  await niaj.back();
  await niaj.row("olivia").getByText("[Sending] in vain").waitFor();
  await niaj.page.getByRole("button", { name: "Sign out" }).tap();
  await niaj.page.getByText("Some messages are still on their way").waitFor();
  await niaj.page.getByRole("button", { name: "Sign out" }).last().tap();
  await niaj.field("user-id").waitFor();
  proxy.mend();
  await niaj.signIn("niaj", direct());
  await niaj.openChat("olivia");
  await niaj.screenshot("failed");
  await niaj.page.getByRole("button", { name: "Not delivered · Tap to try again" }).tap();
  await niaj.sent("in vain", "Delivered").waitFor();
  const olivia = await Terminal.chat(server, "olivia", "niaj");
  await olivia.shows("niaj: in vain");
  expect(olivia.heard("niaj")).toEqual(["in vain"]);
  await olivia.leave();
});

test("a refusal is told, also where the app was signed in when it was last left", async () => {
  let refuse = true;
  const refusal = { type: 50, dataContent: '{"code":1026,"firstLoginTime":-1}', from: "0", to: "-1" };
  const peggy = await MiniApp.open(stage.browser, site.url, {}, async (page) => {
    await page.routeWebSocket(/\/websocket$/, (socket) => {
      const upstream = socket.connectToServer();
      socket.onMessage((frame) => {
        // It may have several bodies, each on a line.
        for (const body of String(frame).split("\n")) {
          // The login, answered in the server's name.
          if (refuse && (JSON.parse(body) as { type: number }).type === 0)
            socket.send(JSON.stringify(refusal));
          else upstream.send(body);
        }
      });
    });
  });
  await peggy.submitSignIn("peggy", direct());
  await peggy.page.getByText("Your sign-in has expired. Please sign in again.").waitFor();
  refuse = false;
  await peggy.signIn("peggy", direct());
  refuse = true;
  await peggy.launch();
  await peggy.page.getByText("Your sign-in has expired. Please sign in again.").waitFor();
  await peggy.screenshot("refused");
});

test("a server that does not answer is told, and one can give up", async () => {
  const judy = await MiniApp.open(stage.browser, site.url);
  proxy.cut();
  await judy.submitSignIn("judy", proxied());
  await judy.page.getByText("The server can’t be reached. Trying again…").waitFor();
  await judy.page.getByRole("button", { name: "Cancel" }).tap();
  await judy.page.getByRole("button", { name: "Sign in" }).waitFor();
  await judy.submitSignIn("judy", "im.example.com");
  await judy.page.getByText("The address must begin with ws:// or wss://").waitFor();
  proxy.mend();
  await judy.signIn("judy", proxied());
});

test("the pages speak Chinese, and are dark where the phone is", async () => {
  const mallory = await Terminal.chat(server, "mallory", "小明");
  const ming = await MiniApp.open(stage.browser, site.url, { locale: "zh-CN", colorScheme: "dark" });
  await ming.page.getByText("用户 ID", { exact: true }).waitFor();
  await ming.screenshot("login-zh-dark");
  await ming.submitSignIn("小明", direct());
  await ming.startChat("mallory");
  await ming.say("晚上一起吃饭吗？");
  await ming.sent("晚上一起吃饭吗？", "已送达").waitFor();
  mallory.say("好啊，六点半老地方见！");
  await ming.received("六点半").waitFor();
  await ming.screenshot("chat-zh-dark");
  const dark = await ming.page
    .locator(".chat")
    .evaluate((element) => getComputedStyle(element).backgroundColor);
  expect(dark).toBe("rgb(18, 17, 15)");
  await mallory.leave();
});
