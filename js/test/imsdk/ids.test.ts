//! Ids and other things of the application's that are no texts, and the ids that it makes.
import { expect, onTestFinished, test, vi } from "vitest";
import { CallLog, installImsdkHere, startImsdk, watchHost } from "../support/imsdk.js";

test.each([
  ["a text", '{"appId":7}', '{"appId":7}'],
  ["an object", { appId: 7 }, '{"appId":7}'],
  ["a number", 7, "7"],
  ["a boolean", true, "true"],
  ["an empty text", "", ""],
])("extra data that is %s is sent", async (_, extra, sent) => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.IMSDK.loginImpl({ loginUserId: 1001, loginToken: 5, extra }, page.server.url);
  await log.called("onIMAfterLoginSucess");
  const login = await (await page.server.session(0)).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject({
    loginUserId: "1001",
    loginToken: "5",
    extra: sent,
  });
});

test.each([null, undefined])("extra data and a token that are %s are none", async (nothing) => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.IMSDK.loginImpl({ loginUserId: "alice", loginToken: nothing, extra: nothing }, page.server.url);
  await log.called("onIMAfterLoginSucess");
  const login = JSON.parse((await (await page.server.session(0)).next(0)).dataContent ?? "");
  expect(login.loginToken).toBe("");
  expect(login.extra).toBeUndefined();
});

test("ids that are numbers stay numbers on the application's objects, and are texts on the wire", async () => {
  const page = await startImsdk();
  const { IMSDK, MBProtocalFactory } = page;
  const log = new CallLog(page);
  page.login(1001);
  await log.called("onIMAfterLoginSucess");
  expect(IMSDK.getLoginInfo()?.loginUserId).toBe(1001);
  const messages = [
    MBProtocalFactory.createCommonDataSimple("one", 1001, 1002, 3),
    MBProtocalFactory.createCommonData2("two", 1001, 1002, 3),
    MBProtocalFactory.createCommonData("three", 1001, 1002, true, MBProtocalFactory.genFingerPrint(), 3),
  ];
  for (const message of messages) {
    // As an application tells its own from others'.
    expect(message.from === IMSDK.getLoginInfo()?.loginUserId).toBe(true);
    IMSDK.sendData(message);
  }
  await log.called("onMessagesBeReceived", 3);
  const received = (await page.server.session(0)).received.filter(({ type }) => type === 2);
  for (const [at, message] of messages.entries())
    expect(received[at]).toMatchObject({ from: "1001", to: "1002", fp: message.fp, typeu: 3 });
  // The same user by another type is the same user.
  page.login("1001");
  await log.called("onIMAfterLoginSucess", 2);
  expect(page.server.sessions).toHaveLength(1);
});

test("a fingerprint that is made first is the message's", () => {
  const { genFingerPrint, createCommonData, setMsgIdLength } = installImsdkHere().MBProtocalFactory;
  setMsgIdLength(12);
  const fp = genFingerPrint();
  expect(fp).toMatch(/^[A-Za-z][A-Za-z0-9]{11}$/);
  expect(genFingerPrint()).not.toBe(fp);
  expect(createCommonData("hi", 1, 2, true, fp, -1).fp).toBe(fp);
});

test("content that there is no JSON for is lost, and holds up nothing", async () => {
  const page = await startImsdk();
  const log = new CallLog(page);
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  const message = page.MBProtocalFactory.createCommonDataSimple(circular, "alice", "bob");
  page.login("alice");
  page.IMSDK.sendData(message);
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  const [list] = (await log.called("onMessagesLost")) as [unknown[]];
  expect(list).toEqual([message]);
  await log.called("onMessagesBeReceived");
  expect(log.of("onIMAfterLoginFailed")).toEqual([]);
});

test.each([null, undefined, "hi", 5])(
  "what is no message, such as %s, is refused in a sentence",
  async (given) => {
    const { IMSDK } = installImsdkHere();
    const shown = typeof given === "string" ? `"${given}"` : String(given);
    expect(() => IMSDK.sendData(given as never)).toThrow(`message must be a message's object, not ${shown}`);
  },
);

test.each([
  ["no receiver", { to: undefined }],
  ["a receiver that is an object", { to: {} }],
  ["a type that is no number", { typeu: "x" }],
])("a message with %s is lost, and holds up nothing", async (_, wrong) => {
  const page = await startImsdk();
  const log = new CallLog(page);
  page.login("alice");
  const message = Object.assign(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"), wrong);
  page.IMSDK.sendData(message as never);
  page.IMSDK.sendData(page.MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob"));
  const [list] = (await log.called("onMessagesLost")) as [unknown[]];
  expect(list).toEqual([message]);
  await log.called("onMessagesBeReceived");
});

test("the host tells the user what MBUtils.alert is given", () => {
  const { alerts } = watchHost();
  const { MBUtils } = installImsdkHere();
  MBUtils.alert("not connected");
  MBUtils.alert(404);
  expect(alerts).toEqual(["not connected", "404"]);
});

test("uuid makes ids in the layouts of versions 1 and 4, each another", () => {
  const { uuid } = installImsdkHere();
  const layout = (version: number) =>
    new RegExp(`^[0-9a-f]{8}-[0-9a-f]{4}-${version}[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`);
  const made = Array.from({ length: 100 }, () => [uuid(), uuid.v4(), uuid.v1()]);
  for (const [called, v4, v1] of made) {
    expect(called).toMatch(layout(4));
    expect(v4).toMatch(layout(4));
    expect(v1).toMatch(layout(1));
    // The node is no network card's.
    expect(Number.parseInt(v1?.slice(24, 26) ?? "", 16) & 1).toBe(1);
  }
  expect(new Set(made.flat()).size).toBe(300);
});

test("a version 1 id has the time in it, and is another one though the clock stands still or goes back", () => {
  const { uuid } = installImsdkHere();
  const now = Date.UTC(2026, 10, 27, 12, 30, 15, 123);
  vi.useFakeTimers({ now });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const ticks = (id: string) => BigInt(`0x${id.slice(15, 18)}${id.slice(9, 13)}${id.slice(0, 8)}`);
  // 100 ns since the fifteenth of October 1582.
  const start = BigInt(now - Date.UTC(1582, 9, 15)) * 10_000n;
  const ids = Array.from({ length: 20_001 }, () => uuid.v1());
  expect(ids.map(ticks)).toEqual(ids.map((_, at) => start + BigInt(at)));
  vi.setSystemTime(now - 60_000);
  expect(ticks(uuid.v1())).toBe(start + 20_001n);
  expect(new Set(ids).size).toBe(ids.length);
});

test("a uuid that another script has set stays", () => {
  const theirs = { v4: () => "theirs" };
  const page = Object.assign({} as ReturnType<typeof installImsdkHere>, { uuid: theirs as never });
  installImsdkHere([], page);
  expect(page.uuid).toBe(theirs);
  expect(page.MBUtils).toBeDefined();
  // An element of the page with that id is found by the name too, and is nobody's script.
  const named = Object.create({ uuid: "an element" });
  installImsdkHere([], named);
  expect(named.uuid.v4()).toHaveLength(36);
});
