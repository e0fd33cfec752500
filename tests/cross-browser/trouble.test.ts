//! A page while links break, the server restarts, and logins are refused or taken over.
import { expect, test } from "vitest";
import { Stage } from "./support/stage.js";

const stage = new Stage();

/** Texts by number. */
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `message ${from + at}`);

test("200 messages each way arrive once and in order, through a restart of the server and a cut network", async () => {
  const { network, url } = await stage.network();
  const page = await stage.user("olivia", url);
  const peer = await stage.peer("peggy");
  await page.run(() => {
    window.delivered = [];
  });
  const settled: Promise<unknown>[] = [];
  const say = async (from: number, to: number) => {
    const texts = numbered(from, to);
    settled.push(...texts.map((text) => peer.im.send("olivia", text)));
    await page.run((texts) => {
      for (const text of texts) delivered.push(im.send("peggy", text));
    }, texts);
  };

  await say(0, 50);
  network.cut();
  await say(50, 100);
  await page.until(() => im.state === "waiting" || im.state === "connecting");
  network.mend();
  await page.hears(60);
  await say(100, 150);
  const stopped = stage.server.stop();
  await say(150, 175);
  expect(await stopped).toBe(0);
  await stage.server.start();
  await say(175, 200);

  await Promise.all(settled);
  await page.run(async () => void (await Promise.all(delivered)));
  await Promise.all([page.hears(200), peer.hears(200)]);
  // Behind these two, nothing of the 200 can come a second time.
  await peer.im.send("olivia", "the end");
  await page.run(() => im.send("peggy", "the end"));
  await Promise.all([page.hears(201), peer.hears(201)]);
  const all = [...numbered(0, 200), "the end"];
  expect(peer.texts).toEqual(all);
  expect(await page.run(() => texts())).toEqual(all);
});

test("a network that falls silent is noticed, and what was sent into it arrives", async () => {
  const { network, url } = await stage.network();
  const page = await stage.user("quinn", url);
  const peer = await stage.peer("rupert");
  network.hush();
  const sent = page.run(() => im.send("rupert", "into the silence"));
  await sent;
  await peer.hears(1);
  expect(peer.texts).toEqual(["into the silence"]);
});

test("a token is asked for again when the page logs in again", async () => {
  const { network, url } = await stage.network();
  const page = await stage.page();
  await page.run(async (url) => {
    window.asked = [];
    const getToken = async (userId: string) => {
      asked.push(userId);
      return `token ${asked.length}`;
    };
    await start({ url, getToken });
    await im.login({ userId: "sybil" });
  }, url);
  expect(await page.run(() => asked)).toEqual(["sybil"]);
  network.cut();
  await page.until(() => im.state !== "online");
  network.mend();
  await page.until(() => im.state === "online");
  // Once more for each link that did not open before the network was mended.
  expect((await page.run(() => asked)).slice(0, 2)).toEqual(["sybil", "sybil"]);
});

test("a login that the server refuses is an error with the server's code, and another may follow", async () => {
  const page = await stage.page();
  const refused = await page.run(async (url) => {
    let refuses = true;
    const toServer = mobileim.webSocketTransport();
    await start({
      url,
      getToken: () => "a-token",
      // A server that is started for tests takes everybody: the first link leads to one that does not.
      transport: (address, events) => {
        if (!refuses) return toServer(address, events);
        refuses = false;
        const dataContent = '{"code":1025,"firstLoginTime":-1}';
        const answer = JSON.stringify({ type: 50, dataContent, from: "0", to: "-1" });
        queueMicrotask(() => events.opened());
        return { send: () => queueMicrotask(() => events.message(answer)), close: () => {} };
      },
    });
    try {
      await im.login({ userId: "trent" });
      return "logged in";
    } catch (error) {
      const { code, retry } = error as InstanceType<typeof mobileim.LoginRefusedError>;
      return { isRefusal: error instanceof mobileim.LoginRefusedError, code, retry, state: im.state };
    }
  }, stage.url);
  expect(refused).toEqual({ isRefusal: true, code: 1025, retry: false, state: "closed" });
  await page.run(() => im.login({ userId: "trent" }));
  expect(await page.run(() => im.state)).toBe("online");
});

test("a user who logs in elsewhere is kicked out here, stays out, and can come back", async () => {
  const page = await stage.user("victor");
  const elsewhere = await stage.peer("victor");
  await page.until(() => told.some(({ type }) => type === "kicked"));
  expect(
    await page.run(() =>
      told.filter(({ type }) => type === "kicked").map(({ event }) => (event as { code: number }).code),
    ),
  ).toEqual([1]);
  expect(await page.run(() => im.state)).toBe("closed");
  expect(elsewhere.im.state).toBe("online");
  await page.run(() => im.login({ userId: "victor" }));
  await page.run(() => im.send("victor", "to myself"));
  await page.hears(1);
});

test("a logout is final until the next login, and both may be said twice", async () => {
  const page = await stage.user("walter");
  const states = await page.run(async () => {
    await Promise.all([im.logout(), im.logout()]);
    const after = im.state;
    await Promise.all([im.login({ userId: "walter" }), im.login({ userId: "walter" })]);
    return [after, im.state];
  });
  expect(states).toEqual(["closed", "online"]);
});
