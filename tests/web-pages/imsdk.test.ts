//! A page written for MobileIMSDK's H5 client, with its script tag changed, against a real server.

import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { TcpProxy } from "../support/tcp-proxy.js";
import { Terminal } from "../support/terminal.js";
import { ImsdkPage } from "./support/imsdk-page.js";

const stage = new Stage();
const { server } = stage;

const LOGIN = 0;
const DATA = 2;
const LOGOUT = 3;

/** Keeps from the server what `swallow` holds for, and refuses the logins that `refuse` holds for. */
function between(swallow: (type: number) => boolean, refuse = () => false) {
  return (page: Page) =>
    page.routeWebSocket(/\/websocket$/, (socket) => {
      const upstream = socket.connectToServer();
      socket.onMessage((frame) => {
        // It may have several bodies, each on a line.
        for (const body of String(frame).split("\n")) {
          const { type } = JSON.parse(body) as { type: number };
          if (type === LOGIN && refuse()) {
            const dataContent = '{"code":1025,"firstLoginTime":-1}';
            socket.send(JSON.stringify({ type: 50, dataContent, from: "0", to: "-1" }));
          } else if (!swallow(type)) upstream.send(body);
        }
      });
    });
}

test("the page talks to a terminal, through a restart of the server and a cut of the network", async () => {
  const network = await TcpProxy.untilTestEnds(server);
  const alice = await ImsdkPage.open(stage.browser, network.address);
  await alice.login("imsdk-alice");
  const bob = await Terminal.chat(server, "imsdk-bob", "imsdk-alice");
  await alice.say("imsdk-bob", "你好 Bob 😀");
  await alice.sent("你好 Bob 😀", "Received").waitFor();
  await bob.shows("imsdk-alice: 你好 Bob 😀");
  bob.say("Hello page");
  await alice.received("Hello page").waitFor();

  expect(await server.stop()).toBe(0);
  await alice.status("Connection lost…");
  await bob.shows("* reconnecting");
  await alice.say("imsdk-bob", "first, while it is down");
  await alice.say("imsdk-bob", "second, while it is down");
  bob.say("terminal, while it is down");
  await alice.sent("second, while it is down", "Sending").waitFor();
  await alice.screenshot("imsdk-down");

  await server.start();
  await alice.status("Online again");
  await alice.sent("first, while it is down", "Received").waitFor();
  await alice.sent("second, while it is down", "Received").waitFor();
  await alice.received("terminal, while it is down").waitFor();
  network.cut();
  await alice.status("Connection lost…");
  await alice.say("imsdk-bob", "while it is cut");
  await alice.sent("while it is cut", "Sending").waitFor();
  network.mend();
  await alice.status("Online again");
  await alice.sent("while it is cut", "Received").waitFor();
  // Something to wait for, after which nothing else can come.
  await alice.say("imsdk-bob", "afterwards");
  await bob.shows("imsdk-alice: afterwards");
  bob.say("terminal, afterwards");
  await alice.received("terminal, afterwards").waitFor();
  expect(bob.heard("imsdk-alice")).toEqual([
    "你好 Bob 😀",
    "first, while it is down",
    "second, while it is down",
    "while it is cut",
    "afterwards",
  ]);
  expect(await alice.allReceived()).toEqual([
    "Hello page",
    "terminal, while it is down",
    "terminal, afterwards",
  ]);
  expect(await alice.calls()).toEqual({ loginSucess: 1, disconnected: 2, reconnectSucess: 2 });
  await alice.screenshot("imsdk-chat");
  await bob.leave();
});

test("what a logout gave up is marked, and can be sent again", async () => {
  let swallow = true;
  const carol = await ImsdkPage.open(
    stage.browser,
    server.addresses.ws,
    between((type) => type === DATA && swallow),
  );
  await carol.login("imsdk-carol");
  await carol.say("imsdk-dave", "In vain");
  await carol.say("imsdk-dave", "Lost as well");
  await carol.sent("Lost as well", "Sending").waitFor();
  await carol.logout();
  await carol.sent("Lost as well", "Not sent: try again").waitFor();
  await carol.screenshot("imsdk-lost");
  swallow = false;
  await carol.login("imsdk-carol");
  for (const text of ["In vain", "Lost as well"]) {
    await carol.sent(text, "Not sent: try again").click();
    await carol.sent(text, "Received").waitFor();
  }
  const dave = await Terminal.chat(server, "imsdk-dave", "imsdk-carol");
  await dave.shows("imsdk-carol: Lost as well");
  expect(dave.heard("imsdk-carol")).toEqual(["In vain", "Lost as well"]);
  await dave.leave();
});

test("a refused login says so, and one can try again", async () => {
  let refuse = true;
  const erin = await ImsdkPage.open(
    stage.browser,
    server.addresses.ws,
    between(
      () => false,
      () => refuse,
    ),
  );
  await erin.submitLogin("imsdk-erin");
  await erin.status("The login was refused");
  refuse = false;
  await erin.login("imsdk-erin");
  expect(await erin.calls()).toEqual({ loginFailed: 1, loginSucess: 1 });
});

test("a second login kicks the first, which can come back", async () => {
  const first = await ImsdkPage.open(stage.browser, server.addresses.ws);
  await first.login("imsdk-frank");
  const second = await ImsdkPage.open(stage.browser, server.addresses.ws);
  await second.login("imsdk-frank");
  await first.status("Logged out: logged in elsewhere");
  await first.login("imsdk-frank");
  await second.status("Logged out: logged in elsewhere");
  await first.say("imsdk-frank", "Note to self");
  await first.sent("Note to self", "Received").waitFor();
});

test("a message that was under way when the page was reloaded arrives once, and is told by its fingerprint", async () => {
  let swallow = true;
  const grace = await ImsdkPage.open(
    stage.browser,
    server.addresses.ws,
    between((type) => type === DATA && swallow),
  );
  await grace.login("imsdk-grace");
  const heidi = await Terminal.chat(server, "imsdk-heidi", "imsdk-grace");
  await grace.say("imsdk-heidi", "Under way");
  await grace.sent("Under way", "Sending").waitFor();
  const fp = await grace.page.locator(".mine").getAttribute("id");
  swallow = false;
  await grace.page.reload();
  await grace.login("imsdk-grace");
  await heidi.shows("imsdk-grace: Under way");
  await grace.page.waitForFunction(() => (window as unknown as { unknown: string[] }).unknown.length > 0);
  expect(await grace.page.evaluate(() => (window as unknown as { unknown: string[] }).unknown)).toEqual([fp]);
  heidi.say("afterwards");
  await grace.received("afterwards").waitFor();
  expect(heidi.heard("imsdk-grace")).toEqual(["Under way"]);
  await heidi.leave();
});

test("a logout that is followed at once by leaving the page is a logout, and what it gave up is not sent later", async () => {
  const types: number[] = [];
  const ivan = await ImsdkPage.open(
    stage.browser,
    server.addresses.ws,
    between((type) => {
      types.push(type);
      return type === DATA;
    }),
  );
  await ivan.login("imsdk-ivan");
  await ivan.say("imsdk-judy", "Given up");
  await ivan.sent("Given up", "Sending").waitFor();
  types.length = 0;
  await ivan.page.evaluate("IMSDK.disconnectSocket(); location.reload();");
  await ivan.login("imsdk-ivan");
  await ivan.say("imsdk-judy", "Said again");
  await ivan.sent("Said again", "Sending").waitFor();
  // One message: that of the next page.
  await expect.poll(() => types.filter((type) => type === DATA)).toHaveLength(1);
  expect(types.slice(0, 2)).toEqual([LOGOUT, LOGIN]);
});
