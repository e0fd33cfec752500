//! What survives a reload and a crash of a page, and what a browser may do to its storage.

import { expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { Terminal } from "../support/terminal.js";
import {
  beginSignIn,
  type ClientWindow,
  delivered,
  look,
  makeClient,
  numbered,
  send,
  shows,
  signIn,
} from "./support/client-page.js";
import { ClientStage } from "./support/client-stage.js";
import { stored } from "./support/stored.js";

const stage = new ClientStage();
const { server } = stage;

/** What a user who comes later gets of a sender, up to a text. */
async function heardBy(user: string, from: string, last: string): Promise<string[]> {
  const terminal = await Terminal.chat(server, user, from);
  await terminal.shows(`${from}: ${last}`);
  const heard = terminal.heard(from);
  await terminal.leave();
  return heard;
}

test("what is unsent when the page is reloaded goes out afterwards, in order, each once", async () => {
  const page = await stage.openPage(await stage.newContext());
  await makeClient(page, { url: stage.url });
  await signIn(page, "reload");
  await server.stop();
  const texts = numbered("m", 100);
  await send(page, "reload-peer", texts);
  await stored(page, texts.length);

  await page.reload();
  await makeClient(page, { url: stage.url });
  await beginSignIn(page, "reload");
  // As an application does, which finds in its history what is unsent.
  await send(page, "reload-peer", [...texts, "last"]);
  await server.start();
  await delivered(page, [...texts, "last"]);
  await stored(page, 0);
  expect(await heardBy("reload-peer", "reload", "last")).toEqual([...texts, "last"]);
  expect(await look(page, "errors")).toEqual([]);
});

test("a reload in the middle of sending loses nothing and repeats nothing", async () => {
  const page = await stage.openPage(await stage.newContext());
  await makeClient(page, { url: stage.url });
  await signIn(page, "midway");
  const texts = numbered("m", 300);
  const reloaded = page.waitForEvent("load");
  await page.evaluate((texts) => {
    const { im } = window as unknown as ClientWindow;
    void (async () => {
      for (const text of texts) {
        im.send("midway-peer", text, { fp: text }).catch(() => {});
        // The first acknowledgement comes while the others are being sent.
        if (text === "m-150") im.on("delivered", () => location.reload());
        await new Promise((resolve) => setTimeout(resolve));
      }
    })();
  }, texts);
  await reloaded;
  await makeClient(page, { url: stage.url });
  await beginSignIn(page, "midway");
  await send(page, "midway-peer", texts);
  await delivered(page, texts);
  expect(await heardBy("midway-peer", "midway", "m-299")).toEqual(texts);
});

test("what was on its way when the page crashed is sent by the next page of the user", async () => {
  const context = await stage.newContext();
  const page = await stage.openPage(context);
  await makeClient(page, { url: stage.url });
  await signIn(page, "crash");
  await server.stop();
  const texts = numbered("m", 50);
  await send(page, "crash-peer", texts);
  await stored(page, texts.length);
  const crashed = page.waitForEvent("crash");
  const cdp = await context.newCDPSession(page);
  // Never answered, as there is nobody left to answer.
  cdp.send("Page.crash").catch(() => {});
  await crashed;

  const next = await stage.openPage(context);
  await makeClient(next, { url: stage.url });
  await beginSignIn(next, "crash");
  await server.start();
  await stored(next, 0);
  expect(await heardBy("crash-peer", "crash", "m-49")).toEqual(texts);
});

test("a message whose acknowledgement was lost is not shown again after a reload", async () => {
  const page = await stage.openPage(await stage.newContext());
  let swallow = true;
  await page.routeWebSocket(/\/websocket$/, (socket) => {
    const upstream = socket.connectToServer();
    socket.onMessage((frame) => {
      // It may have several bodies, each on a line.
      for (const body of String(frame).split("\n")) {
        const isAcknowledgement = (JSON.parse(body) as { type: number }).type === 4;
        if (!(isAcknowledgement && swallow)) upstream.send(body);
      }
    });
  });
  await makeClient(page, { url: stage.url });
  await signIn(page, "once");
  const peer = await Terminal.chat(server, "once-peer", "once");
  peer.say("first");
  await shows(page, "first");
  swallow = false;
  await page.reload();
  await makeClient(page, { url: stage.url });
  await signIn(page, "once");
  // The sender hears of it only when this page has acknowledged it, or the server has stored it.
  peer.say("second");
  await peer.shows("✓ once: second");
  await shows(page, "second");
  expect(await look(page, "shown")).toEqual(["second"]);
  await peer.leave();
});

test("users, and servers, have stores of their own", async () => {
  const page = await stage.openPage(await stage.newContext());
  const loaded = await page.evaluate(async () => {
    const { indexedDbStore } = window as unknown as ClientWindow;
    const one = indexedDbStore("wss://one/");
    await one.load("alice");
    await Promise.all([one.persist("alice", "f1", "for one"), one.remember("alice", "1111")]);
    const other = indexedDbStore("wss://other/");
    await other.load("alice");
    await other.persist("alice", "f1", "for other");
    return Promise.all([
      indexedDbStore("wss://one/").load("alice"),
      indexedDbStore("wss://one/").load("bob"),
      indexedDbStore("wss://other/").load("alice"),
    ]);
  });
  expect(loaded).toEqual([
    { outbox: ["for one"], received: ["1111"] },
    { outbox: [], received: [] },
    { outbox: ["for other"], received: [] },
  ]);
});

test("the last 10,000 received fingerprints are kept, through many short visits, in few records", async () => {
  const page = await stage.openPage(await stage.newContext());
  const { received, records, transactions } = await page.evaluate(async () => {
    const { indexedDbStore } = window as unknown as ClientWindow;
    const transaction = IDBDatabase.prototype.transaction;
    let transactions = 0;
    IDBDatabase.prototype.transaction = function (...args) {
      transactions += 1;
      return transaction.apply(this, args);
    };
    for (let visit = 0; visit < 140; visit += 1) {
      const store = indexedDbStore("wss://one/");
      await store.load("alice");
      const written = Array.from({ length: 90 }, (_, index) => store.remember("alice", `${visit}:${index}`));
      await Promise.all(written);
    }
    const { received } = await indexedDbStore("wss://one/").load("alice");
    const records = await new Promise<number>((resolve) => {
      const opening = indexedDB.open("mobileim");
      opening.onsuccess = () => {
        const counting = opening.result.transaction("received").objectStore("received").count();
        counting.onsuccess = () => resolve(counting.result);
      };
    });
    return { received, records, transactions };
  });
  const all = Array.from({ length: 140 * 90 }, (_, index) => `${Math.floor(index / 90)}:${index % 90}`);
  expect(received.length).toBeGreaterThanOrEqual(10_000);
  expect(received.length).toBeLessThanOrEqual(11_000);
  expect(received).toEqual(all.slice(-received.length));
  expect(records).toBeLessThanOrEqual(110);
  // Two to read and write in a visit, and a few at the end.
  expect(transactions).toBeLessThanOrEqual(140 * 2 + 2);
});

/** A client sends something, and something else after a while, over storage that fails: one error, and nothing else. */
async function goesOnWithoutStorage(page: Page, user: string): Promise<void> {
  await makeClient(page, { url: stage.url });
  await signIn(page, user);
  const texts = numbered("m", 20);
  await send(page, `${user}-peer`, texts.slice(0, 10));
  await delivered(page, texts.slice(0, 10));
  await send(page, `${user}-peer`, texts.slice(10));
  await delivered(page, texts);
  expect(await look(page, "errors")).toEqual(["store-failed"]);
  expect(await heardBy(`${user}-peer`, user, "m-19")).toEqual(texts);
}

test("a browser without storage is told of once, and the client goes on", async () => {
  const page = await stage.openPage(await stage.newContext());
  await page.evaluate(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  await goesOnWithoutStorage(page, "none");
});

test("a browser that forbids storage is told of once, and the client goes on", async () => {
  const page = await stage.openPage(await stage.newContext());
  await page.evaluate(() => {
    IDBFactory.prototype.open = () => {
      throw new DOMException("The user denied permission to access the database.", "SecurityError");
    };
  });
  await goesOnWithoutStorage(page, "forbidden");
});

test("a database that a later version of this package has made is left alone", async () => {
  const page = await stage.openPage(await stage.newContext());
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const opening = indexedDB.open("mobileim", 99);
        opening.onsuccess = () => {
          opening.result.close();
          resolve();
        };
      }),
  );
  await goesOnWithoutStorage(page, "future");
});

test("a database that never opens does not keep a login waiting for more than a few seconds", async () => {
  const page = await stage.openPage(await stage.newContext());
  await page.evaluate(() => {
    IDBFactory.prototype.open = () => new EventTarget() as IDBOpenDBRequest;
  });
  await goesOnWithoutStorage(page, "hanging");
});

test("a database that is deleted while the page is open is made again with the next message", async () => {
  const page = await stage.openPage(await stage.newContext());
  await makeClient(page, { url: stage.url });
  await signIn(page, "deleted");
  await send(page, "deleted-peer", ["before"]);
  await delivered(page, ["before"]);
  await page.evaluate(
    () =>
      new Promise<void>((resolve, reject) => {
        const deleting = indexedDB.deleteDatabase("mobileim");
        deleting.onsuccess = () => resolve();
        deleting.onblocked = () => reject(new Error("the client keeps it open"));
      }),
  );
  await server.stop();
  await send(page, "deleted-peer", ["after"]);
  await stored(page, 1);
  await page.reload();
  await server.start();
  await makeClient(page, { url: stage.url });
  await signIn(page, "deleted");
  await send(page, "deleted-peer", ["last"]);
  await delivered(page, ["last"]);
  expect(await heardBy("deleted-peer", "deleted", "last")).toEqual(["after", "last"]);
});

test("a database whose connection broke without a word is opened again", async () => {
  const page = await stage.openPage(await stage.newContext());
  await makeClient(page, { url: stage.url });
  await signIn(page, "broken");
  await page.evaluate(() => {
    const { transaction } = IDBDatabase.prototype;
    let broken: IDBDatabase | undefined;
    IDBDatabase.prototype.transaction = function (...args) {
      // The client's: a test only reads.
      if (args[1] === "readwrite") broken ??= this;
      if (broken === this) throw new DOMException("The database connection is closing.", "InvalidStateError");
      return transaction.apply(this, args);
    };
  });
  await server.stop();
  await send(page, "broken-peer", ["hi"]);
  await stored(page, 1);
  await server.start();
  await delivered(page, ["hi"]);
  expect(await look(page, "errors")).toEqual([]);
});

test("a full disk is told of once, until something can be written again", async () => {
  const context = await stage.newContext();
  const page = await stage.openPage(context);
  // Named, so that nothing is written before: Chromium asks for its quota again only some time after a write.
  await makeClient(page, { url: stage.url, device: "quota" });
  await signIn(page, "quota");
  const cdp = await context.newCDPSession(page);
  const { origin } = stage;
  const body = "x".repeat(20_000);
  const sendBig = async (prefix: string) => {
    const fps = numbered(prefix, 20);
    await server.stop();
    await send(
      page,
      "quota-peer",
      fps.map((fp) => `${fp} ${body}`),
    );
    return fps;
  };
  await cdp.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1 });
  const first = await sendBig("first");
  await page.waitForFunction(() => (window as unknown as ClientWindow).errors.length > 0);
  await server.start();
  await delivered(page, first);
  expect(await look(page, "errors")).toEqual(["store-failed"]);

  await cdp.send("Storage.overrideQuotaForOrigin", { origin });
  const second = await sendBig("second");
  await stored(page, second.length);
  await server.start();
  await delivered(page, second);
  expect(await look(page, "errors")).toEqual(["store-failed"]);
});

test("with `store: false` nothing is stored", async () => {
  const page = await stage.openPage(await stage.newContext());
  await makeClient(page, { url: stage.url, store: false });
  await signIn(page, "off");
  await send(page, "off-peer", ["hi"]);
  await delivered(page, ["hi"]);
  expect(await page.evaluate(() => indexedDB.databases())).toEqual([]);
});
