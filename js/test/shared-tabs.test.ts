import { expect, onTestFinished, test, vi } from "vitest";
import type { Client } from "../src/client/client.js";
import { LoginError } from "../src/client/errors.js";
import { failure, next } from "./support/client.js";
import { type Answer, FakeServer } from "./support/fake-server.js";
import { hear, message, settled, withOffline } from "./support/offline.js";
import { browser, openTab, openWatchedTab } from "./support/tabs.js";

const twoTabs = async (answer: Answer): Promise<{ server: FakeServer; leader: Client; follower: Client }> => {
  browser();
  const server = await FakeServer.start(answer);
  onTestFinished(() => server.stop());
  const leader = await openTab(server);
  await leader.login({ userId: "alice" });
  const follower = await openTab(server);
  await follower.login({ userId: "alice" });
  expect([leader, follower].map((tab) => tab.diagnostics().role)).toEqual(["leader", "follower"]);
  return { server, leader, follower };
};

test("all hear what comes once the leader listens", async () => {
  const { leader, follower } = await twoTabs(withOffline("one"));
  const heard = next(follower, "message");
  const { texts } = hear(leader);
  expect((await heard).text).toBe("one");
  expect(texts).toEqual(["one"]);
});

test("one that listens leads in place of one that does not, and hears what waited", async () => {
  const { server, leader, follower } = await twoTabs(withOffline("one"));
  const { texts } = hear(follower);
  const session = await server.session(1);
  await session.acknowledged("one");
  expect(texts).toEqual(["one"]);
  expect([leader, follower].map((tab) => tab.diagnostics().role)).toEqual(["follower", "leader"]);
  expect((await server.session(0)).received.filter(({ type }) => type === 4)).toEqual([]);
});

test("a leader whose listener comes a little later keeps leading", async () => {
  const { server, leader, follower } = await twoTabs(withOffline("one"));
  const heard = next(follower, "message");
  await settled(server);
  const { texts } = hear(leader);
  expect((await heard).text).toBe("one");
  expect(texts).toEqual(["one"]);
  expect(server.sessions).toHaveLength(1);
});

test.each([
  ["", "no-user-id"],
  ["-1", "bad-user-id"],
])("a login as %j is answered in each tab that asks", async (userId, code) => {
  browser();
  const server = await FakeServer.start();
  onTestFinished(() => server.stop());
  const tabs = [await openTab(server), await openTab(server)];
  const failures = await Promise.all(tabs.map((im) => failure(im.login({ userId }))));
  expect(failures).toEqual([expect.any(LoginError), expect.any(LoginError)]);
  expect(failures).toMatchObject([{ code }, { code }]);
  for (const im of tabs) await im.login({ userId: "alice" });
  expect(server.sessions).toHaveLength(1);
});

test("a tab that was put to rest shows what the others received meanwhile, once", async () => {
  browser();
  const server = await FakeServer.start();
  onTestFinished(() => server.stop());
  const leader = await openTab(server);
  const [rested, hints] = await openWatchedTab(server);
  const texts = [leader, rested].map((im) => hear(im).texts);
  for (const im of [leader, rested]) await im.login({ userId: "alice" });
  const session = await server.session(0);
  session.send(message("one"));
  await next(rested, "message");
  hints.resting(true);
  session.send(message("two"));
  await next(leader, "message");
  await settled(server);
  hints.resting(false);
  session.send(message("three"));
  await next(rested, "message", ({ text }) => text === "three");
  expect(texts).toEqual([
    ["one", "two", "three"],
    ["one", "two", "three"],
  ]);
});

test("what another script says on the tabs' channel does no harm", async () => {
  browser();
  const server = await FakeServer.start();
  onTestFinished(() => server.stop());
  const im = await openTab(server);
  await im.login({ userId: "alice" });
  const debug = vi.spyOn(console, "debug").mockReturnValue();
  onTestFinished(() => debug.mockRestore());
  const channel = new BroadcastChannel(`mobileim/1 ${server.url} alice`);
  onTestFinished(() => channel.close());
  for (const thing of [undefined, null, true, 7, 1.5, 10n, "text", "\ud800", {}, []]) {
    channel.postMessage(thing);
    channel.postMessage(["send", thing]);
    channel.postMessage(["send", [thing, "text", -1, true, "fp"]]);
    channel.postMessage(["send", ["bob", thing, -1, true, "fp"]]);
    channel.postMessage(["send", ["bob", "text", thing, true, "fp"]]);
    channel.postMessage(["found", thing]);
    channel.postMessage(["leader", Number.MAX_VALUE, thing, thing, thing, thing, thing]);
    channel.postMessage(["reports", Number.MAX_VALUE, 0, 0, [thing]]);
  }
  // Heard after them.
  const follower = await openTab(server);
  await follower.login({ userId: "alice" });
  await follower.send("bob", "hi");
  await im.send("bob", "hi");
  expect(im.diagnostics().role).toBe("leader");
  expect(debug).toHaveBeenCalledTimes(1);
});
