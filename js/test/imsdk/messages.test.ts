import { expect, test } from "vitest";
import { type Answer, obliging } from "../support/fake-server.js";
import { CallLog, startImsdk } from "../support/imsdk.js";

/** Logs in and swallows every message. */
const silent: Answer = (session, message) => {
  if (message.type === 0) session.answerLogin(0);
};

test("a message is sent as the wire has it, without the application's own fields, and its end is told", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  const message = page.MBProtocalFactory.createCommonDataSimple("你好", "alice", "bob", 3);
  const shown = Object.assign(message, { time: "12:00", element: {} });
  page.IMSDK.sendData(shown);
  expect(await log.called("onMessagesBeReceived")).toEqual([message.fp]);
  const received = await (await page.server.session(0)).next(2);
  const fields = { type: 2, dataContent: "你好", from: "alice", to: "bob", QoS: true, typeu: 3 };
  expect(received).toMatchObject({ ...fields, fp: message.fp });
  expect(Object.keys(received)).not.toContain("time");
});

test("a message that arrives is the whole wire object", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  const session = await page.server.session(0);
  await session.next(0);
  const message = { type: 2, dataContent: "hi", from: "bob", to: "alice", fp: "f1", QoS: true, typeu: 9 };
  session.send({ ...message, sm: 1_795_176_857_455, bridge: true } as never);
  expect(await log.called("onIMData")).toEqual([{ ...message, sm: 1_795_176_857_455, bridge: true }]);
  session.send({ ...message, fp: "f2" });
  expect(await log.called("onIMData", 2)).toEqual([{ ...message, fp: "f2", sm: -1, bridge: false }]);
});

test("messages sent before the engine is loaded go out after the login, in order", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  for (const text of ["first", "second"])
    page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple(text, "alice", "bob"));
  await log.called("onMessagesBeReceived", 2);
  const [, ...messages] = (await page.server.session(0)).received;
  expect(messages.map(({ dataContent }) => dataContent)).toEqual(["first", "second"]);
});

test("messages sent while the link is down go out when it is back", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  (await page.server.session(0)).close();
  await log.called("onIMDisconnected");
  const message = page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob");
  page.IMSDK.sendData(message);
  expect(await log.called("onMessagesBeReceived")).toEqual([message.fp]);
});

test("what is sent without a login is told to be lost, in the object that was handed in", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  const message = page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob");
  page.IMSDK.sendData(message);
  expect(log.calls).toEqual([]);
  const [list] = await log.called("onMessagesLost");
  expect(list).toHaveLength(1);
  expect((list as unknown[])[0]).toBe(message);
});

test("a logout gives up what is on its way: one list, the very objects with their own fields", async () => {
  const page = await startImsdk(silent);
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  const messages = ["one", "two"].map((text) => {
    const message = page.MBProtocalFactory.createCommonDataSimple(text, "alice", "bob");
    return Object.assign(message, { row: text });
  });
  for (const message of messages) page.IMSDK.sendData(message);
  page.IMSDK.disconnectSocket();
  const [list] = (await log.called("onMessagesLost")) as [{ row: string }[]];
  expect(list.map(({ row }) => row)).toEqual(["one", "two"]);
  list.forEach((message, index) => {
    expect(message).toBe(messages[index]);
  });
  expect(log.of("onMessagesLost")).toHaveLength(1);
});

test("what the server refuses is lost, and the same object can be sent again", async () => {
  let refuse = true;
  const page = await startImsdk((session, message, number) => {
    if (message.type !== 2 || !refuse) return obliging(session, message, number);
    const complaint = { errorCode: 1400, errorMsg: JSON.stringify(message) };
    session.send({ type: 52, dataContent: JSON.stringify(complaint), from: "0", to: "alice" });
  });
  const log = new CallLog(page);
  page.login("alice");
  const message = page.MBProtocalFactory.createCommonData("hi", "alice", "bob", true, "own-7", 1);
  page.IMSDK.sendData(message);
  const [list] = (await log.called("onMessagesLost")) as [unknown[]];
  expect(list[0]).toBe(message);
  refuse = false;
  page.IMSDK.sendData(message);
  expect(await log.called("onMessagesBeReceived")).toEqual(["own-7"]);
  expect(log.of("onMessagesLost")).toHaveLength(1);
});

test("a message sent again while it is on its way is told once", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  const message = page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob");
  page.IMSDK.sendData(message);
  page.IMSDK.sendData(message);
  const after = page.MBProtocalFactory.createCommonDataSimple("after", "alice", "bob");
  page.IMSDK.sendData(after);
  await log.called("onMessagesBeReceived", 2);
  expect(log.of("onMessagesBeReceived")).toEqual([[message.fp], [after.fp]]);
  expect(log.of("onMessagesLost")).toEqual([]);
});

test("a message that cannot be sent at all is lost", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  const message = page.MBProtocalFactory.createCommonDataSimple("x".repeat(100_000), "alice", "bob");
  page.IMSDK.sendData(message);
  const [list] = (await log.called("onMessagesLost")) as [unknown[]];
  expect(list[0]).toBe(message);
});

test("after a kick messages wait for the next login of the same user", async () => {
  const page = await startImsdk((session, message, number) =>
    (number === 0 ? silent : obliging)(session, message, number),
  );
  const log = new CallLog(page);
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  const message = page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob");
  page.IMSDK.sendData(message);
  const session = await page.server.session(0);
  await session.next(2);
  session.kick(1);
  await log.called("onIMKickout");
  page.login("alice");
  expect(await log.called("onMessagesBeReceived")).toEqual([message.fp]);
  expect(log.of("onMessagesLost")).toEqual([]);
});

test.each(["a logout", "a login as another user", "a login at another server"])(
  "after a kick messages are lost with %s",
  async (where) => {
    const page = await startImsdk(silent);
    const other = await startImsdk(silent);
    const log = new CallLog(page);
    page.login("alice");
    await log.called("onIMAfterLoginSucess");
    const message = page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob");
    page.IMSDK.sendData(message);
    const session = await page.server.session(0);
    await session.next(2);
    session.kick(1);
    await log.called("onIMKickout");
    if (where === "a logout") page.IMSDK.disconnectSocket();
    else if (where === "a login as another user") page.login("bob");
    else page.IMSDK.loginImpl({ loginUserId: "alice" }, other.server.url);
    const [list] = (await log.called("onMessagesLost")) as [unknown[]];
    expect(list[0]).toBe(message);
  },
);

test("without QoS nothing is told, whether it arrives or not", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  const plain = (text: string) =>
    page.MBProtocalFactory.createCommonData(text, "alice", "bob", false, null, 1);
  page.IMSDK.sendData(plain("in vain"));
  page.login("alice");
  await log.called("onIMAfterLoginSucess");
  page.IMSDK.sendData(plain("hi"));
  const received = await (await page.server.session(0)).next(2);
  expect(received.dataContent).toBe("hi");
  expect(received.QoS ?? false).toBe(false);
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("after", "alice", "bob"));
  await log.called("onMessagesBeReceived");
  expect(log.names).toEqual(["onIMAfterLoginSucess", "onMessagesBeReceived"]);
});

test("either spelling of a callback is called, and the first where there are both", async () => {
  const page = await startImsdk();
  const log = new CallLog(page, "callback_onMessagesLost", "callback_onMessagesBeReceived");
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("lost", "alice", "bob"));
  await log.called("onIMMessagesLost");
  page.login("alice");
  const send = () => page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  send();
  await log.called("onIMMessagesBeReceived");
  const first = new Promise((resolve) => {
    page.IMSDK.callback_onMessagesBeReceived = resolve;
  });
  send();
  await first;
  expect(log.of("onIMMessagesBeReceived")).toHaveLength(1);
});

test("content that is no string is sent as JSON, and numbers stand for ids", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  const { sendData } = page.IMSDK;
  const message = page.MBProtocalFactory.createCommonDataSimple({ m: "hi" }, "1", "2");
  sendData(Object.assign(message, { to: 2, fp: 77, typeu: "4" }) as never);
  expect(await log.called("onMessagesBeReceived")).toEqual(["77"]);
  const received = await (await page.server.session(0)).next(2);
  expect(received).toMatchObject({ dataContent: '{"m":"hi"}', to: "2", fp: "77", typeu: 4, from: "alice" });
});
