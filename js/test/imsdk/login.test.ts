import { expect, onTestFinished, test } from "vitest";
import type { ClientOptions } from "../../src/client/options.js";
import { FakeServer, obliging } from "../support/fake-server.js";
import { CallLog, installImsdkHere, startImsdk, watchHost } from "../support/imsdk.js";

test("a login is told, with the token and the extra data that the server checks", async () => {
  const page = await startImsdk();
  const { IMSDK, server } = page;
  const log = new CallLog(page);
  const info = { loginUserId: "alice", loginToken: "secret", extra: '{"appId":7}' };
  expect([IMSDK.isLogined(), IMSDK.isOnline(), IMSDK.getLoginInfo()]).toEqual([false, false, null]);
  IMSDK.loginImpl(info, server.url, false);
  expect(IMSDK.getLoginInfo()).toBe(info);
  expect(IMSDK.isLogined()).toBe(false);
  await log.called("onIMAfterLoginSucess");
  expect([IMSDK.isLogined(), IMSDK.isOnline()]).toEqual([true, true]);
  const login = await (await server.session(0)).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject(info);
});

test("of several addresses the next one is tried when nobody answers, or when the server at one is gone", async () => {
  const page = await startImsdk();
  const { IMSDK, server, clients } = page;
  const standby = await FakeServer.start();
  const log = new CallLog(page);
  const gone = await FakeServer.start();
  const servers = [gone.url, server.url, standby.url];
  await gone.stop();
  const info = { loginUserId: "alice", loginToken: "a-token" };
  IMSDK.loginImpl(info, servers);
  await log.called("onIMAfterLoginSucess");
  expect(server.sessions).toHaveLength(1);
  // The list is the application's, and what it makes of it later is for a later login.
  servers.reverse();
  await server.stop();
  await log.called("onIMReconnectSucess");
  expect(standby.sessions).toHaveLength(1);
  IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  await log.called("onMessagesBeReceived");
  await standby.stop();
  expect(clients).toHaveLength(1);
});

test("the same addresses again change nothing, whether one is in a list or not; an empty list is no address", async () => {
  const page = await startImsdk();
  const { IMSDK, server, clients } = page;
  const { alerts, errors } = watchHost();
  const log = new CallLog(page, "callback_onIMShowAlert");
  const info = { loginUserId: "alice", loginToken: "a-token" };
  IMSDK.loginImpl(info, server.url);
  await log.called("onIMAfterLoginSucess");
  IMSDK.loginImpl(info, [server.url]);
  await log.called("onIMAfterLoginSucess", 2);
  expect([clients.length, server.sessions.length]).toEqual([1, 1]);
  for (const none of [[], [""]]) IMSDK.loginImpl(info, none);
  await log.called("onIMAfterLoginFailed", 2);
  expect(alerts).toEqual(Array(2).fill("the server's address is empty"));
  expect(errors).toEqual(Array(2).fill("IMSDK.loginImpl: the server's address is empty"));
  expect(IMSDK.isOnline()).toBe(true);
  IMSDK.loginImpl(info, [server.url, "im.example.com"]);
  await log.called("onIMAfterLoginFailed", 3);
  expect(alerts[2]).toContain('"im.example.com"');
});

test("a user id that is a number, and no token, log in", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.IMSDK.loginImpl({ loginUserId: 10086 as unknown as string }, page.server.url);
  await log.called("onIMAfterLoginSucess");
  const login = await (await page.server.session(0)).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject({ loginUserId: "10086", loginToken: "" });
});

test("callbacks may be assigned after the login, replaced and set to null, and are called with IMSDK as this", async () => {
  const { IMSDK, server, login } = await startImsdk();
  login("alice");
  const whose = new Promise((resolve) => {
    IMSDK.callback_onIMAfterLoginSucess = function () {
      resolve(this);
    };
  });
  expect(await whose).toBe(IMSDK);
  const session = await server.session(0);
  const arrive = (fp: string) =>
    session.send({ type: 2, dataContent: "hi", from: "bob", to: "alice", fp, QoS: true });
  const shown: (string | undefined)[] = [];
  IMSDK.callback_onIMData = ({ fp }) => {
    shown.push(fp);
    IMSDK.callback_onIMData = null;
    arrive("f2");
    arrive("f3");
  };
  arrive("f1");
  await session.acknowledged("f3");
  expect(shown).toEqual(["f1"]);
});

test("a callback that throws keeps nothing else from happening", async () => {
  const thrown = new Promise<unknown>((resolve) => {
    const catchers = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", resolve);
    onTestFinished(() => {
      for (const catcher of catchers) process.on("uncaughtException", catcher);
    });
  });
  const page = await startImsdk();
  const log = new CallLog(page, "callback_onIMAfterLoginSucess");
  page.IMSDK.callback_onIMAfterLoginSucess = () => {
    throw new Error("no such element");
  };
  page.login("alice");
  expect(await thrown).toMatchObject({ message: "no such element" });
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  await log.called("onMessagesBeReceived");
});

test("a lost link is told once, and that it is back", async () => {
  const page = await startImsdk();
  const { IMSDK, server, login } = page;
  const log = new CallLog(page);
  login("alice");
  await log.called("onIMAfterLoginSucess");
  (await server.session(0)).close();
  await log.called("onIMDisconnected");
  expect([IMSDK.isLogined(), IMSDK.isOnline()]).toEqual([true, false]);
  await log.called("onIMReconnectSucess");
  expect(IMSDK.isOnline()).toBe(true);
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onIMDisconnected", "onIMReconnectSucess"]);
});

test("a server that cannot be reached is told as a lost link, until the login succeeds", async () => {
  const page = await startImsdk((session, message, number) => {
    if (number === 0) session.close();
    else obliging(session, message, number);
  });
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  expect(log.names).toEqual(["onIMDisconnected", "onIMAfterLoginSucess"]);
});

test("each login reads the token anew", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  const info = { loginUserId: "alice", loginToken: "first" };
  page.IMSDK.loginImpl(info, page.server.url);
  await log.called("onIMAfterLoginSucess");
  info.loginToken = "second";
  (await page.server.session(0)).close();
  const again = await (await page.server.session(1)).next(0);
  expect(JSON.parse(again.dataContent ?? "")).toMatchObject({ loginToken: "second" });
});

test("a refused login is told, and one can try again", async () => {
  const page = await startImsdk((session, message, number) => {
    if (number === 0) session.answerLogin(1025);
    else obliging(session, message, number);
  });
  const log = new CallLog(page);
  page.login("alice");
  expect(await log.called("onIMAfterLoginFailed")).toEqual([false]);
  expect(page.IMSDK.isLogined()).toBe(false);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  expect(log.names).toEqual(["onIMAfterLoginFailed", "onIMAfterLoginSucess"]);
});

test("a refusal after a lost link is told as that of a reconnect", async () => {
  const page = await startImsdk((session, _, number) => session.answerLogin(number === 0 ? 0 : 1026));
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).close();
  expect(await log.called("onIMAfterLoginFailed")).toEqual([true]);
  // Which is so until the logout: applications ask it to tell a lost session from none.
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([true, false]);
  page.IMSDK.disconnectSocket();
  expect(page.IMSDK.isLogined()).toBe(false);
});

test("an engine that cannot be loaded fails the login, and the next one tries again", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  let asked = 0;
  const failing: Partial<ClientOptions> = {
    get url(): string {
      asked += 1;
      throw new Error("not found: mobileim_bg.wasm");
    },
  };
  page.IMSDK.clientOptions = failing;
  const { errors } = watchHost();
  page.login("alice");
  expect(await log.called("onIMShowAlert")).toEqual(["not found: mobileim_bg.wasm"]);
  await log.called("onIMAfterLoginFailed");
  // A mini-program has nothing else that its developer would see.
  expect(errors).toEqual(["IMSDK.loginImpl: not found: mobileim_bg.wasm"]);
  page.IMSDK.clientOptions = {};
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  expect(asked).toBe(1);
});

test("logging in twice makes one connection, and each call is answered", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  page.login("alice");
  await log.called("onIMAfterLoginSucess", 2);
  expect(page.server.sessions).toHaveLength(1);
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onIMAfterLoginSucess"]);
});

test("a login while the link is down is answered as a login when it is back", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).close();
  await log.called("onIMDisconnected");
  page.login("alice");
  await log.called("onIMAfterLoginSucess", 2);
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onIMDisconnected", "onIMAfterLoginSucess"]);
  expect(page.server.sessions).toHaveLength(2);
});

test("one can log out and in again, also as another user, whose name is written into the same object", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  const info = { loginUserId: "alice", loginToken: "t" };
  page.IMSDK.loginImpl(info, page.server.url);
  await log.called("onIMAfterLoginSucess");
  page.IMSDK.disconnectSocket();
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([false, false]);
  expect(await (await page.server.session(0)).next(3)).toMatchObject({ from: "alice" });
  page.IMSDK.loginImpl(info, page.server.url);
  await log.called("onIMAfterLoginSucess", 2);
  info.loginUserId = "bob";
  page.IMSDK.loginImpl(info, page.server.url);
  expect(page.IMSDK.isLogined()).toBe(false);
  await log.called("onIMAfterLoginSucess", 3);
  await (await page.server.session(1)).next(3);
  const login = await (await page.server.session(2)).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject({ loginUserId: "bob" });
  expect(log.names).toEqual(Array(3).fill("onIMAfterLoginSucess"));
});

test("a logout before the engine is loaded ends the login", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  page.IMSDK.disconnectSocket();
  page.login("bob");
  await log.called("onIMAfterLoginSucess");
  expect(page.server.sessions).toHaveLength(1);
  const login = await (await page.server.session(0)).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject({ loginUserId: "bob" });
});

test("a logout before the engine is loaded gives up what was to be sent, and nobody logs in", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  const message = page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob");
  page.IMSDK.sendData(message);
  page.IMSDK.disconnectSocket();
  expect(await log.called("onMessagesLost")).toEqual([[message]]);
  const task = () => new Promise((resolve) => setImmediate(resolve));
  while (page.clients.length === 0) await task();
  await task();
  expect(page.clients[0]?.state).toBe("offline");
  expect(log.names).toEqual(["onMessagesLost"]);
});

test("a login at another server ends the connection to the first", async () => {
  const page = await startImsdk();
  const other = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  await log.called("onMessagesBeReceived");
  page.IMSDK.loginImpl({ loginUserId: "alice" }, other.server.url);
  await log.called("onIMAfterLoginSucess", 2);
  await (await page.server.session(0)).closed();
  expect(other.server.sessions).toHaveLength(1);
  // Of no use any more: closed for good.
  expect(page.clients.map((client) => client.newFingerprint() === "")).toEqual([true, false]);
  expect(log.of("onMessagesLost")).toEqual([]);
});

test("a logout that the page did not ask for, as by another tab, is told as a lost link", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  await page.clients[0]?.logout();
  await log.called("onIMDisconnected");
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([false, false]);
  page.login("alice");
  await log.called("onIMAfterLoginSucess", 2);
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onIMDisconnected", "onIMAfterLoginSucess"]);
});

test("heartbeats come as often as the sense mode says, and are told with their answers", async () => {
  const page = await startImsdk((session, message) => {
    const to = { from: "0", to: "alice" };
    // An original server says no interval of its own, which would count.
    const dataContent = JSON.stringify({ code: 0, firstLoginTime: 1 });
    if (message.type === 0) session.send({ type: 50, dataContent, ...to });
    if (message.type === 1) session.send({ type: 51, dataContent: "{}", ...to });
  });
  const log = new CallLog(page);
  page.MBKeepAliveDaemon.setSenseMode(page.MBSenseMode.MODE_3S);
  page.IMSDK.setDebugPingPongEnable(true);
  page.login("alice");
  await log.called("onIMPong");
  expect(log.of("onIMPing")).toHaveLength(1);
  expect(log.of("onIMLog")).toEqual([
    ["[PING] heartbeat sent", true],
    ["[PING] heartbeat answered", true],
  ]);
}, 10_000);

test("nothing is logged by default, and each switch logs its own", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  expect(log.of("onIMLog")).toEqual([]);
  page.IMSDK.setDebugCoreEnable(true);
  (await page.server.session(0)).close();
  await log.called("onIMReconnectSucess");
  const online = expect.stringMatching(/^\[CORE\] .*"state":"online"/);
  expect(log.of("onIMLog")).toContainEqual([online, true]);
  page.IMSDK.setDebugEnable(false);
  page.IMSDK.setDebugSDKEnable(true);
  page.IMSDK.disconnectSocket();
  const before = log.of("onIMLog").length;
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonData("hi", "alice", "bob", true, "own-1", 1));
  expect(log.of("onIMLog").slice(before)).toEqual([["[SDK] message own-1 is lost: not logged in", true]]);
});

test("without any callback nothing breaks", async () => {
  const page = await startImsdk();
  page.login("alice");
  const session = await page.server.session(0);
  await session.next(0);
  session.send({ type: 2, dataContent: "hi", from: "bob", to: "alice", fp: "f1", QoS: true });
  session.kick(2);
  await session.closed();
  expect(session.received.filter(({ type }) => type === 4)).toEqual([]);
  expect(installImsdkHere().IMSDK.callback_onIMData).toBeNull();
});
