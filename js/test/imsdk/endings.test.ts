//! How sessions end that the application did not end, and how it is told of logins that cannot be.
import { expect, test } from "vitest";
import { CallLog, installImsdkHere, startImsdk, watchHost } from "../support/imsdk.js";

test("a kick is told with its reason, then as a lost link, and one can log in again", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).kick(1);
  await log.called("onIMDisconnected");
  expect(log.of("onIMKickout")).toEqual([[{ code: 1, reason: "logged in elsewhere" }]]);
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([true, false]);
  page.login("alice");
  await log.called("onIMAfterLoginSucess", 2);
  expect(log.names).toEqual([
    "onIMAfterLoginSucess",
    "onIMKickout",
    "onIMDisconnected",
    "onIMAfterLoginSucess",
  ]);
});

test("an application that takes every end for a lost link hears of a kick", async () => {
  const page = await startImsdk();
  const log = new CallLog(page, "callback_onIMKickout");
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).kick(2);
  await log.called("onIMDisconnected");
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([true, false]);
});

test("a kick while the link is down, which the application knows, is told as one too", async () => {
  const page = await startImsdk((session, _, number) => {
    if (number === 0) session.answerLogin(0);
    else session.kick(1);
  });
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).close();
  await log.called("onIMKickout");
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onIMDisconnected", "onIMKickout", "onIMDisconnected"]);
});

test("what the application calls in a kick's callbacks counts", async () => {
  const page = await startImsdk();
  const log = new CallLog(page, "callback_onIMKickout");
  page.IMSDK.callback_onIMKickout = () => page.login("alice");
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).kick(2);
  await log.called("onIMAfterLoginSucess", 2);
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onIMDisconnected", "onIMAfterLoginSucess"]);
  page.IMSDK.callback_onIMKickout = () => page.IMSDK.disconnectSocket();
  (await page.server.session(1)).kick(2);
  await log.called("onIMDisconnected", 2);
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([false, false]);
});

test("after a kick another user is no longer the one who was kicked", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).kick(2);
  await log.called("onIMDisconnected");
  page.login("bob");
  expect(page.IMSDK.isLogined()).toBe(false);
  await log.called("onIMAfterLoginSucess", 2);
  expect(page.IMSDK.isLogined()).toBe(true);
});

test("inside the callbacks of a refusal after a lost link the user counts as logged in", async () => {
  const page = await startImsdk((session, _, number) => session.answerLogin(number === 0 ? 0 : 1026));
  const log = new CallLog(page, "callback_onIMAfterLoginFailed");
  const told = new Promise<boolean[]>((resolve) => {
    page.IMSDK.callback_onIMAfterLoginFailed = function (isReconnect) {
      resolve([isReconnect, this.isLogined(), this.isOnline()]);
    };
  });
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).close();
  expect(await told).toEqual([true, true, false]);
});

test.each(["the first login", "a login after a lost link"])(
  "a refusal of %s reaches an application that has only an alert of its own, or none",
  async (which) => {
    const isFirst = which === "the first login";
    const { alerts } = watchHost();
    for (const own of [true, false]) {
      const page = await startImsdk((session, _, number) =>
        session.answerLogin(number === 0 && !isFirst ? 0 : 1026),
      );
      const without = own ? [] : (["callback_onIMShowAlert"] as const);
      const log = new CallLog(page, "callback_onIMAfterLoginFailed", ...without);
      const text = "the server refused the login with code 1026";
      const told = own
        ? log.called("onIMShowAlert")
        : new Promise((resolve) => {
            page.MBUtils.alert = (text) => resolve([text]);
          });
      page.login("alice");
      if (!isFirst) {
        await log.called("onIMAfterLoginSucess");
        (await page.server.session(0)).close();
      }
      expect(await told).toEqual([text]);
    }
    expect(alerts).toEqual([]);
  },
);

test("a refusal that the application has a callback for is not told twice", async () => {
  const { alerts } = watchHost();
  const page = await startImsdk((session) => session.answerLogin(1025));
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginFailed");
  expect(log.names).toEqual(["onIMAfterLoginFailed"]);
  expect(alerts).toEqual([]);
});

const INFO = { loginUserId: "alice", loginToken: "t" };
const GOOD = "ws://localhost:1/websocket";
const NO_ADDRESS = (given: string) => `url must be an address that begins with wss:// or ws://, not ${given}`;
const NO_ID = (given: string) => `userId must be a text, or a whole number below 2^53, not ${given}`;
test.each([
  ["no user id", { loginUserId: "" }, GOOD, "the user id is empty"],
  ["no login info", null, GOOD, "the user id is empty"],
  ["login info that is undefined", undefined, GOOD, "the user id is empty"],
  ["login info without a user", {} as typeof INFO, GOOD, "the user id is empty"],
  ["an empty address", INFO, "", "the server's address is empty"],
  ["no address", INFO, undefined as unknown as string, "the server's address is empty"],
  ["a page's address", INFO, "http://im.example.com/", NO_ADDRESS('"http://im.example.com/"')],
  ["an address without a scheme", INFO, "im.example.com", NO_ADDRESS('"im.example.com"')],
  ["a number as the address", INFO, 3000 as unknown as string, NO_ADDRESS("3000")],
  ["an object as the user", { loginUserId: {} } as never, GOOD, NO_ID("a value of the type object")],
  ["no number as the user", { loginUserId: Number.NaN }, GOOD, NO_ID("NaN")],
])(
  "a login with %s fails, in words for the developer and the user, and the right one succeeds",
  async (_, info, url, words) => {
    const { alerts, errors } = watchHost();
    const page = await startImsdk();
    page.IMSDK.loginImpl(info, url, true);
    const log = new CallLog(page);
    expect(log.calls).toEqual([]);
    expect(await log.called("onIMAfterLoginFailed")).toEqual([false]);
    expect(log.of("onIMShowAlert")).toEqual([[words]]);
    expect(errors).toEqual([`IMSDK.loginImpl: ${words}`]);
    expect(page.IMSDK.getLoginInfo()).toBe(info ?? null);
    expect(page.IMSDK.isLogined()).toBe(false);
    page.login("alice");
    await log.called("onIMAfterLoginSucess");
    expect(alerts).toEqual([]);
  },
);

test("a login that cannot be, without any callback, is told by the host", async () => {
  const { alerts } = watchHost();
  const page = installImsdkHere();
  page.IMSDK.loginImpl(null, "ws://localhost:1/websocket");
  await expect.poll(() => alerts).toEqual(["the user id is empty"]);
});

test("a login that cannot be leaves the session that there is", async () => {
  watchHost();
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  page.IMSDK.loginImpl(null, page.server.url);
  page.IMSDK.loginImpl(INFO, "");
  await log.called("onIMAfterLoginFailed", 2);
  expect([page.IMSDK.isLogined(), page.IMSDK.isOnline()]).toEqual([true, true]);
  expect(page.IMSDK.getLoginInfo()).toMatchObject({ loginUserId: "alice", loginToken: "a-token" });
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  await log.called("onMessagesBeReceived");
  expect(page.server.sessions).toHaveLength(1);
});

test("a component that is made anew while logged in is answered, over the connection that there is", async () => {
  const page = await startImsdk();
  const before = new CallLog(page);
  page.login(7);
  await before.called("onIMAfterLoginSucess");
  // It is destroyed: its callbacks go, and what comes is nobody's.
  for (const name of Object.keys(page.IMSDK).filter((name) => name.startsWith("callback_")))
    Object.assign(page.IMSDK, { [name]: null });
  const session = await page.server.session(0);
  session.send({ type: 2, dataContent: "hi", from: "bob", to: "7", fp: "f1", QoS: true });
  await session.acknowledged("f1");
  const after = new CallLog(page);
  page.login(7);
  await after.called("onIMAfterLoginSucess");
  session.send({ type: 2, dataContent: "hi", from: "bob", to: "7", fp: "f2", QoS: true });
  await after.called("onIMData");
  expect(before.names).toEqual(["onIMAfterLoginSucess"]);
  expect(page.server.sessions).toHaveLength(1);
});

test("an address at which no link opens is told to the user by the application, and not by the host", async () => {
  const { alerts, errors } = watchHost();
  const page = installImsdkHere();
  const log = new CallLog(page, "callback_onIMShowAlert");
  const told = new Promise((resolve) => {
    page.IMSDK.callback_onIMShowAlert = resolve;
  });
  page.IMSDK.clientOptions = {
    transport: () => {
      throw new Error("sockets are forbidden here");
    },
  };
  page.IMSDK.loginImpl(INFO, GOOD, false);
  expect(await told).toMatch(
    /^no link to ws:\/\/localhost:1\/websocket has opened \(sockets are forbidden here\)/,
  );
  expect(log.names).toEqual(["onIMDisconnected"]);
  expect([alerts, errors]).toEqual([[], []]);
});
