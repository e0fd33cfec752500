//! When the client writes to IndexedDB: in time before a page ends, and not more than it must.

import { expect, onTestFinished, test } from "vitest";
import type { BrowserContext, Page } from "../support/browser.js";
import { Terminal } from "../support/terminal.js";
import { type ClientWindow, delivered, numbered, send, setVisible } from "./support/client-page.js";
import { ClientStage } from "./support/client-stage.js";
import { stored } from "./support/stored.js";

const stage = new ClientStage();
const { server } = stage;

/** What the page's window has for these tests. */
interface WatchedWindow extends ClientWindow {
  /** How many transactions were begun that may write. */
  transactions: number;
  /** How many messages, or records of what was received, were written. */
  puts: number;
}

/** The store has more than it promises to others. */
interface PatientWindow {
  indexedDbStore(url: string): ReturnType<ClientWindow["indexedDbStore"]> & { flush(): void };
}

/** Opens a page with a client that is logged in, and then counts what it writes. */
async function openWatched(context: BrowserContext, userId: string, options = {}): Promise<Page> {
  const [page] = (await stage.openTabs(context, userId, 1, options)) as [Page];
  await page.evaluate(() => {
    const page = window as unknown as WatchedWindow;
    const { transaction } = IDBDatabase.prototype;
    const { put } = IDBObjectStore.prototype;
    page.transactions = 0;
    page.puts = 0;
    IDBDatabase.prototype.transaction = function (...args) {
      if (args[1] === "readwrite") page.transactions += 1;
      return transaction.apply(this, args);
    };
    IDBObjectStore.prototype.put = function (...args) {
      page.puts += 1;
      return put.apply(this, args);
    };
  });
  return page;
}

/** What the page has begun to write. */
function written(page: Page): Promise<{ transactions: number; puts: number }> {
  return page.evaluate(() => {
    const { transactions, puts } = window as unknown as WatchedWindow;
    return { transactions, puts };
  });
}

/** Takes the server away, until the test has ended. */
async function goOffline(): Promise<void> {
  await server.stop();
  onTestFinished(() => server.start());
}

/** Has a page hold the database with a transaction, which goes on until it is told to end. */
async function keepBusy(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(
    () =>
      new Promise<void>((begun) => {
        const opening = indexedDB.open("mobileim");
        opening.onsuccess = () => {
          const store = opening.result.transaction("outbox", "readwrite").objectStore("outbox");
          let goesOn = true;
          Object.assign(window, { release: () => (goesOn = false) });
          const again = () => {
            if (goesOn) store.count().onsuccess = again;
            else opening.result.close();
          };
          store.count().onsuccess = () => {
            begun();
            again();
          };
        };
      }),
  );
  return async () => {
    await page.evaluate(() => (window as unknown as { release(): void }).release());
  };
}

test("what is sent in a task is written by one transaction, which begins in that task", async () => {
  const page = await openWatched(await stage.newContext(), "prompt");
  await goOffline();
  const begun = await page.evaluate(
    (texts) =>
      new Promise<number>((resolve) => {
        const page = window as unknown as WatchedWindow;
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(page.transactions);
        // The next task is to look.
        port2.postMessage(undefined);
        for (const text of texts) page.im.send("prompt-peer", text, { fp: text }).catch(() => {});
      }),
    numbered("m", 20),
  );
  expect(begun).toBe(1);
  expect(await written(page)).toEqual({ transactions: 1, puts: 20 });
});

test("what is sent while a transaction is under way is written by one, right after it", async () => {
  const context = await stage.newContext();
  const page = await openWatched(context, "queue");
  const other = await stage.openPage(context);
  const release = await keepBusy(other);
  await goOffline();
  await send(page, "queue-peer", ["first"]);
  await send(page, "queue-peer", ["second"]);
  await send(page, "queue-peer", ["third"]);
  expect(await written(page)).toEqual({ transactions: 1, puts: 1 });
  await release();
  await stored(page, 3);
  expect(await written(page)).toEqual({ transactions: 2, puts: 3 });
});

test("a message that is acknowledged before its turn to be written is never written", async () => {
  const context = await stage.newContext();
  const page = await openWatched(context, "quick");
  const release = await keepBusy(await stage.openPage(context));
  const texts = numbered("m", 20);
  await send(page, "quick-peer", ["first"]);
  await send(page, "quick-peer", texts);
  await delivered(page, ["first", ...texts]);
  await release();
  await stored(page, 0);
  expect(await written(page)).toEqual({ transactions: 2, puts: 1 });
});

test("what is received is remembered in the task that shows it, and no sooner than it is shown", async () => {
  const page = await openWatched(await stage.newContext(), "heard");
  const peer = await Terminal.chat(server, "heard-peer", "heard");
  const begun = page.evaluate(
    () =>
      new Promise<number[]>((resolve) => {
        const page = window as unknown as WatchedWindow;
        page.im.on("message", () => {
          const whenShown = page.transactions;
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => resolve([whenShown, page.transactions]);
          port2.postMessage(undefined);
        });
      }),
  );
  // Said only when the page listens: it answers in order.
  await page.evaluate(() => undefined);
  peer.say("hi");
  expect(await begun).toEqual([0, 1]);
  await peer.leave();
});

for (const tabs of [true, false]) {
  const alone = tabs ? "" : " (with a connection of its own)";

  test.each(["reloaded", "left for another one", "closed"])(
    `what was sent right before the page is %s is kept${alone}`,
    async (how) => {
      const context = await stage.newContext();
      const page = await openWatched(context, `end-${how}`, { tabs });
      const witness = await stage.openPage(context);
      await goOffline();
      const texts = numbered("m", 20);
      const ended = how === "closed" ? page.waitForEvent("close") : page.waitForEvent("load");
      await page.evaluate(
        ([texts, how]) => {
          const { im } = window as unknown as ClientWindow;
          for (const text of texts) im.send("end-peer", text, { fp: text }).catch(() => {});
          if (how === "reloaded") location.reload();
          else if (how !== "closed") location.assign("about:blank");
        },
        [texts, how] as const,
      );
      if (how === "closed") await page.close();
      await ended;
      await stored(witness, texts.length);
    },
  );

  test.each([
    { end: "the page is hidden", action: (page: Page) => setVisible(page, false) },
    {
      end: "the client is closed",
      action: (page: Page) => page.evaluate(() => (window as unknown as ClientWindow).im.close()),
    },
  ])(`what waits for a transaction to end is written at once when $end${alone}`, async ({ action }) => {
    const context = await stage.newContext();
    const page = await openWatched(context, "waits", { tabs });
    const release = await keepBusy(await stage.openPage(context));
    await goOffline();
    await send(page, "waits-peer", ["first"]);
    await send(page, "waits-peer", ["second"]);
    expect(await written(page)).toEqual({ transactions: 1, puts: 1 });
    await action(page);
    expect(await written(page)).toEqual({ transactions: 2, puts: 2 });
    await release();
    await stored(page, 2);
  });
}

test("a row that the database may have is removed, whatever was taken back before", async () => {
  const page = await stage.openPage(await stage.newContext());
  const left = await page.evaluate(async () => {
    const { indexedDbStore } = window as unknown as PatientWindow;
    type Step = "put" | "forget" | "flush" | "settle" | "load";
    const plans: Step[][] = [
      ["put", "forget"],
      ["put", "settle", "forget"],
      ["put", "flush", "forget"],
      ["put", "settle", "put", "forget"],
      ["put", "flush", "put", "forget"],
      ["put", "settle", "forget", "put", "forget"],
      ["put", "flush", "forget", "put", "forget"],
      ["put", "settle", "forget", "flush", "put", "forget"],
      ["put", "load", "forget"],
      ["put", "load", "put", "forget"],
      ["put", "load", "forget", "put", "forget"],
      ["put", "forget", "put"],
      ["put", "settle", "forget", "put"],
      ["put", "flush", "forget", "flush", "put"],
      ["put", "forget", "load"],
      ["put", "load"],
    ];
    const left: Record<string, number> = {};
    for (const [number, plan] of plans.entries()) {
      const store = indexedDbStore(`wss://${number}/`);
      await store.load("alice");
      let last: void | Promise<void> | undefined;
      for (const step of plan) {
        if (step === "put") last = store.persist("alice", "f", "body");
        else if (step === "forget") last = store.forget("alice", "f");
        else if (step === "load") await store.load("alice");
        else {
          store.flush();
          if (step === "settle") await last;
        }
      }
      left[plan.join(" ")] = (await store.load("alice")).outbox.length;
    }
    return left;
  });
  for (const [plan, count] of Object.entries(left)) {
    const isLeft = !plan.replace(/( (load|flush|settle))+$/, "").endsWith("forget");
    expect(count, plan).toBe(isLeft ? 1 : 0);
  }
});

test("what is written in several batches at once takes effect in order", async () => {
  const page = await stage.openPage(await stage.newContext());
  const outbox = await page.evaluate(async () => {
    const { indexedDbStore } = window as unknown as PatientWindow;
    const store = indexedDbStore("wss://order/");
    await store.load("alice");
    const written = [];
    for (let number = 0; number < 50; number += 1) {
      written.push(store.persist("alice", `${number}`, `body ${number}`));
      if (number >= 10) written.push(store.forget("alice", `${number - 10}`));
      store.flush();
      // Between two tasks and within one, by turns.
      if (number % 3 === 0) await new Promise((resolve) => setTimeout(resolve));
      else if (number % 3 === 1) await undefined;
    }
    await Promise.all(written);
    return (await indexedDbStore("wss://order/").load("alice")).outbox;
  });
  expect(outbox).toEqual(Array.from({ length: 10 }, (_, index) => `body ${index + 40}`));
});
