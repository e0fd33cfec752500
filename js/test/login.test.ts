import { expect, onTestFinished, test, vi } from "vitest";
import { type ClientState, LoginError, LoginRefusedError, TokenError } from "../src/entries/node.js";
import { connectTo, failure, next, start } from "./support/client.js";
import { obliging } from "./support/fake-server.js";

test("a login resolves when the client is online, and sends what the server verifies", async () => {
  const { server, im } = await start();
  const states: ClientState[] = [];
  im.on("state", (state) => states.push(state));
  await im.login({ userId: "alice", extra: "device=h5" });
  expect(states).toEqual(["connecting", "logging-in", "online"]);
  expect(im.state).toBe("online");
  expect(im.userId).toBe("alice");
  const login = await (await server.session(0)).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toEqual({
    loginUserId: "alice",
    loginToken: "a-token",
    maxBatch: 65_536,
    maxBody: 65_536,
    extra: "device=h5",
    firstLoginTime: 0,
  });
});

test("a refused login rejects with the server's code and leaves the client closed", async () => {
  const { im } = await start((session) => session.answerLogin(1025));
  const error = await failure(im.login({ userId: "alice" }));
  expect(error).toBeInstanceOf(LoginRefusedError);
  expect(error).toMatchObject({ code: 1025, retry: false });
  expect(im.state).toBe("closed");
});

test("a refusal for now is reported, and the client tries again by itself", async () => {
  const { im } = await start((session, _, number) => session.answerLogin(number === 0 ? 1027 : 0));
  const reported = next(im, "error");
  await im.login({ userId: "alice" });
  expect(await reported).toMatchObject({ code: 1027, retry: true });
  expect(im.state).toBe("online");
});

test("a session that the server ends for now is taken up again after the wait, and nothing is lost", async () => {
  let refused = false;
  const { server, im } = await start((session, message) => {
    if (message.type === 0) session.answerLogin(0);
    else if (message.type !== 2) return;
    else if (refused) session.acknowledge(message);
    else {
      // Too many messages, and then the server stops.
      refused = true;
      session.error(304, JSON.stringify(message), 100);
      session.error(305, "the server stops", 100);
    }
  });
  await im.login({ userId: "alice" });
  const lost = next(im, "log", ({ type }) => type === "link-lost");
  const sent = im.send("bob", "hi");
  expect(await lost).toMatchObject({ reason: "session-ended" });
  expect(im.state).toBe("waiting");
  await sent;
  expect(server.sessions).toHaveLength(2);
});

test("before a token expires another one is asked for, and sent on the same connection", async () => {
  const tokens: string[] = [];
  let answered = (): void => {};
  const third = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const { server, im } = await start(
    (session, message) => {
      if (message.type !== 0) return;
      tokens.push((JSON.parse(message.dataContent ?? "") as { loginToken: string }).loginToken);
      if (tokens.length < 3) session.answerLogin(0, undefined, 1000);
      else answered();
    },
    { getToken: () => `token ${tokens.length}` },
  );
  await im.login({ userId: "alice" });
  const states: ClientState[] = [];
  im.on("state", (state) => states.push(state));
  await third;
  expect(tokens).toEqual(["token 0", "token 1", "token 2"]);
  expect(server.sessions).toHaveLength(1);
  expect(states).toEqual([]);
});

test("logging in twice makes one connection", async () => {
  const { server, im } = await start();
  await Promise.all([im.login({ userId: "alice" }), im.login({ userId: "alice" })]);
  await im.login({ userId: "alice" });
  expect(server.sessions).toHaveLength(1);
});

test("another user has to wait for a logout", async () => {
  const { im } = await start();
  await im.login({ userId: "alice" });
  expect(await failure(im.login({ userId: "bob" }))).toMatchObject({
    name: "LoginError",
    code: "other-user",
  });
  await im.logout();
  await im.login({ userId: "bob" });
  expect(im.userId).toBe("bob");
});

test("a logout says so to the server, and to a login that is under way", async () => {
  const { server, im } = await start((session, message, number) => {
    if (number > 0) obliging(session, message, number);
  });
  const refused = failure(im.login({ userId: "alice" }));
  await (await server.session(0)).next(0);
  await im.logout();
  expect(await refused).toMatchObject({ code: "logged-out" });
  await im.login({ userId: "alice" });
  await im.logout();
  await im.logout();
  expect(im.state).toBe("closed");
  const session = await server.session(1);
  await session.next(3);
  await session.closed();
});

test("a mount, unmount, mount in one breath ends in one connection", async () => {
  const { server, im } = await start();
  const first = failure(im.login({ userId: "alice" }));
  void im.logout();
  await im.login({ userId: "alice" });
  expect(await first).toBeInstanceOf(LoginError);
  expect(im.state).toBe("online");
  const logins = server.sessions.flatMap((session) => session.received.filter(({ type }) => type === 0));
  expect(logins).toHaveLength(1);
});

test("a client that is made, closed and made again in one breath leaves one connection", async () => {
  const { server, im: first } = await start();
  const refused = failure(first.login({ userId: "alice" }));
  first.close();
  first.close();
  const second = await connectTo(server);
  await second.login({ userId: "alice" });
  expect(await refused).toMatchObject({ code: "closed" });
  await second.send("bob", "hi");
  expect(server.live).toBe(1);
});

test("the token is asked for again at every login, and again after it could not be had", async () => {
  const tokens = ["first", new Error("no network"), "second"];
  const { server, im } = await start(undefined, {
    getToken: async (userId) => {
      expect(userId).toBe("alice");
      const token = tokens.shift();
      if (typeof token !== "string") throw token;
      return token;
    },
  });
  await im.login({ userId: "alice" });
  const reported = next(im, "error");
  const online = next(im, "state", (state) => state === "online");
  (await server.session(0)).close();
  expect(await reported).toBeInstanceOf(TokenError);
  await online;
  const login = await (server.sessions.at(-1) ?? expect.fail()).next(0);
  expect(JSON.parse(login.dataContent ?? "")).toMatchObject({ loginToken: "second" });
});

test("a login needs a user and a token", async () => {
  const { im } = await start(undefined, { getToken: undefined as never });
  expect(await failure(im.login({ userId: "alice" }))).toMatchObject({ code: "no-token" });
  expect(await failure(im.login({ userId: "", token: "t" }))).toMatchObject({ code: "no-user-id" });
  for (const userId of ["0", "-1", 0, -1, "名".repeat(86), "🙂".repeat(65)]) {
    expect(await failure(im.login({ userId, token: "t" }))).toMatchObject({ code: "bad-user-id" });
  }
  await im.login({ userId: "alice", token: "t" });
});

test.each([
  ["throws", () => Promise.reject(new Error("no network")), /no network/],
  ["throws at once", () => expect.fail("at once"), /at once/],
  ["gives an object", () => ({ token: "t" }), /object/],
  ["gives a number", () => 7, /number/],
  ["gives an empty text", () => "", /empty/],
  ["gives nothing", () => undefined, /undefined/],
] as [string, () => unknown, RegExp][])(
  "a getToken that %s is reported once until it works, and opens no link meanwhile",
  async (_, wrong, text) => {
    let works = false;
    let asked = 0;
    const asks: (() => void)[] = [];
    const { server, im } = await start(undefined, {
      getToken: (() => {
        asked += 1;
        asks.shift()?.();
        return works ? "t" : wrong();
      }) as never,
    });
    const errors: Error[] = [];
    im.on("error", (error) => errors.push(error));
    const second = new Promise<void>((resolve) => asks.push(() => {}, resolve));
    const online = im.login({ userId: "alice" });
    await second;
    works = true;
    await online;
    expect(errors).toEqual([expect.any(TokenError)]);
    expect(errors[0]).toMatchObject({ code: "token-failed", message: expect.stringMatching(text) });
    // One for the first attempt, which had no reason to wait, and one for the last.
    expect(server.sessions.length).toBeLessThanOrEqual(2);
    await im.logout();
    works = false;
    const again = next(im, "error");
    const onlineAgain = im.login({ userId: "alice" });
    expect(await again).toBeInstanceOf(TokenError);
    works = true;
    await onlineAgain;
    expect(errors).toHaveLength(2);
    expect(asked).toBe(5);
  },
);

test("a getToken that hangs is reported when it has had ten seconds", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  onTestFinished(() => {
    vi.useRealTimers();
  });
  const { im } = await start(undefined, {
    getToken: () => new Promise(() => {}),
    transport: (_, events) => {
      setTimeout(() => events.opened());
      return { send: () => {}, close: () => {} };
    },
  });
  const errors: unknown[] = [];
  im.on("error", (error) => errors.push(error));
  const lost: unknown[] = [];
  im.on("log", (entry) => {
    if (entry.type === "link-lost") lost.push(entry.reason);
  });
  void im.login({ userId: "alice" }).catch(() => {});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(lost.length).toBeGreaterThan(2);
  expect(new Set(lost)).toEqual(new Set(["no-token"]));
  expect(errors).toEqual([expect.any(TokenError)]);
  expect(errors[0]).toMatchObject({ message: expect.stringContaining("10 s") });
});
