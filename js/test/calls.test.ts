/** Calls take effect in the order in which they are made, also inside of listeners: all pairs, in all of them. */
import { describe, expect, onTestFinished, test } from "vitest";
import type { Client, ClientEvents } from "../src/entries/node.js";
import { next } from "./support/client.js";
import { FakeServer, type FakeSession, obliging } from "./support/fake-server.js";
import { browser, openTab } from "./support/tabs.js";

/** The calls, each with what is to come of it, in a word. */
const CALLS = {
  "login alice": (im: Client) => im.login({ userId: "alice" }),
  "login bob": (im: Client) => im.login({ userId: "bob" }),
  logout: (im: Client) => im.logout(),
  send: (im: Client) => im.send("carol", "hi"),
  close: async (im: Client) => im.close(),
  listen: async (im: Client) => void im.on("message", () => {})(),
} as const;
type Call = keyof typeof CALLS;

/** Where alice's client stands, by the user who is logged in; `undefined` for nobody. */
interface Standing {
  user: string | undefined;
  closed: boolean;
}

/** What a call comes to, by what was called before it. */
function model(standing: Standing, call: Call): { outcome: string; after: Standing } {
  const { user, closed } = standing;
  const stays = (outcome: string) => ({ outcome, after: standing });
  switch (call) {
    case "login alice":
    case "login bob": {
      const wanted = call.slice(6);
      if (closed) return stays("closed");
      if (user !== undefined && user !== wanted) return stays("other-user");
      return { outcome: "done", after: { user: wanted, closed } };
    }
    case "logout":
      return { outcome: "done", after: { user: undefined, closed } };
    case "send":
      if (closed) return stays("closed");
      return stays(user === undefined ? "not-logged-in" : "done");
    case "close":
      return { outcome: "done", after: { user: undefined, closed: true } };
    case "listen":
      return stays("done");
  }
}

/** What may come of a call that a later one overtakes while it is under way. */
const CUT_SHORT: Partial<Record<Call, Partial<Record<Call, string>>>> = {
  "login alice": { logout: "logged-out", close: "closed" },
  "login bob": { logout: "logged-out", close: "closed" },
  send: { logout: "logged-out", close: "closed" },
};

/** An event, but for `missed`: told as `error` is, it would have each case wait for another link. The others are told as `message` is. */
type Event = Exclude<keyof ClientEvents, "missed" | "typing" | "read" | "presence" | "group">;

/** How each event is brought about, and where the client stands when a listener hears of it. */
const EVENTS: Record<Event, { cause(session: FakeSession, im: Client): void; ends?: boolean }> = {
  message: {
    cause: (session) =>
      session.sendBatch([
        { type: 2, dataContent: "one", from: "dave", to: "alice", fp: "1", QoS: true },
        { type: 2, dataContent: "two", from: "dave", to: "alice", fp: "2", QoS: true },
      ]),
  },
  state: { cause: (session) => session.kick(2), ends: true },
  delivered: { cause: (_, im) => void im.send("dave", "hi") },
  lost: {
    cause: (_, im) => void im.send("dave", "refuse this").catch(() => {}),
  },
  kicked: { cause: (session) => session.kick(2), ends: true },
  error: { cause: (session) => session.sendText("no message") },
  log: { cause: (session) => session.sendText("no message") },
};

const outcomeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "done",
    (error: { code?: unknown }) => String(error.code ?? error),
  );

async function serve(): Promise<FakeServer> {
  const server = await FakeServer.start((session, message, number) => {
    if (message.type === 0) return session.answerLogin(0, 65_536);
    if (message.dataContent !== "refuse this") return obliging(session, message, number);
    const dataContent = JSON.stringify({ errorCode: 1400, errorMsg: JSON.stringify(message) });
    session.send({ type: 52, dataContent, from: "0", to: "alice" });
  });
  onTestFinished(() => server.stop());
  return server;
}

const calls = Object.keys(CALLS) as Call[];
const events = Object.keys(EVENTS) as Event[];

for (const driver of ["alone", "leader", "follower"] as const) {
  describe(`${driver}:`, () => {
    test.each(events)("two calls in a listener of %s", async (event) => {
      if (driver !== "alone") browser();
      for (const first of calls) {
        for (const second of calls) await oneCase(driver, event, first, second);
      }
    });
  });
}

async function oneCase(
  driver: "alone" | "leader" | "follower",
  event: Event,
  first: Call,
  second: Call,
): Promise<void> {
  const which = `${driver}, ${event}: ${first}; ${second}`;
  const server = await serve();
  const other = driver === "follower" ? await openTab(server) : undefined;
  other?.on("message", () => {});
  await other?.login({ userId: "alice" });
  const im = await openTab(server);
  im.on("message", () => {});
  await im.login({ userId: "alice" });
  expect(im.diagnostics().role, which).toBe(driver);

  const { cause, ends = false } = EVENTS[event];
  const told = new Promise<Promise<string>[]>((resolve) => {
    let done = false;
    im.on(event, (heard) => {
      if (done || (event === "state" && heard !== "closed")) return;
      if (event === "log" && (heard as { type: string }).type !== "bad-message") return;
      done = true;
      resolve([outcomeOf(CALLS[first](im)), outcomeOf(CALLS[second](im))]);
    });
  });
  cause(await server.session(0), im);
  const [one, two] = await Promise.all(await told);

  const begun = { user: ends ? undefined : "alice", closed: false };
  const afterFirst = model(begun, first);
  const afterSecond = model(afterFirst.after, second);
  const cut = begun.user === undefined || first === "send" ? CUT_SHORT[first]?.[second] : undefined;
  expect([afterFirst.outcome, cut], which).toContain(one);
  expect(two, which).toBe(afterSecond.outcome);
  const { user, closed } = afterSecond.after;
  const expected = closed || user === undefined ? "closed" : "online";
  if (im.state !== expected) await next(im, "state", (state) => state === expected);
  if (user !== undefined) expect(im.userId, which).toBe(user);
  // And it works: no promise hangs, nothing of the old session comes after all.
  const works = outcomeOf(im.send("carol", "afterwards"));
  expect(await works, which).toBe(closed ? "closed" : user === undefined ? "not-logged-in" : "done");
  expect(im.state, which).toBe(expected);
  im.close();
  other?.close();
  await server.stop();
}

test("what arrived with the message in whose listener the user logs out is for the next login", async () => {
  const server = await serve();
  const im = await openTab(server);
  const texts: string[] = [];
  im.on("message", ({ text }) => {
    texts.push(text);
    void im.logout();
  });
  await im.login({ userId: "alice" });
  const session = await server.session(0);
  EVENTS.message.cause(session, im);
  await session.closed();
  expect(texts).toEqual(["one"]);
  expect(session.received.filter(({ type }) => type === 4).map(({ dataContent }) => dataContent)).toEqual([
    "1",
  ]);
});

test("another user's messages do not get into the store of the one who logs in in a listener", async () => {
  const server = await serve();
  const kept = new Map<string, string[]>();
  const of = (userId: string) => {
    const list = kept.get(userId) ?? [];
    kept.set(userId, list);
    return list;
  };
  const im = await openTab(server, {
    store: {
      load: async (userId) => ({ outbox: [...of(userId)], received: [] }),
      persist: (userId, fp) => void of(userId).push(fp),
      forget: (userId, fp) =>
        void kept.set(
          userId,
          of(userId).filter((one) => one !== fp),
        ),
      remember: () => {},
    },
  });
  const errors: unknown[] = [];
  im.on("error", (error) => errors.push(error));
  await im.login({ userId: "alice" });
  const online = new Promise<string>((resolve) => {
    im.on("message", () => {
      void im.send("carol", "given up").catch(() => {});
      void im.logout();
      resolve(outcomeOf(im.login({ userId: "bob" })));
    });
  });
  EVENTS.message.cause(await server.session(0), im);
  expect(await online).toBe("done");
  expect([...kept.values()].flat()).toEqual([]);
  expect(errors).toEqual([]);
});
