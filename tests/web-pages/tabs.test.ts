//! Several tabs of one user: one connection, and what happens when the tab that has it goes, crashes or hangs.

import { expect, onTestFinished, test } from "vitest";
import type { Page } from "../support/browser.js";
import { launchBrowser } from "../support/browser.js";
import { Terminal } from "../support/terminal.js";
import {
  becomes,
  type ClientWindow,
  delivered,
  look,
  numbered,
  reaches,
  role,
  send,
  shows,
  signIn,
} from "./support/client-page.js";
import { ClientStage } from "./support/client-stage.js";
import { stored } from "./support/stored.js";

const stage = new ClientStage();
const { server } = stage;

/**
 * Keeps a page busy, as if its script had run away, after something that it does. The function that is returned ends that.
 *
 * It asks a page of the test's, in a way that keeps everything else from running, until that says that it is enough.
 */
async function hang(page: Page, doThis: () => void = () => {}): Promise<() => Promise<void>> {
  let hangs = true;
  await page.route("**/busy", (route) => route.fulfill({ body: hangs ? "busy" : "done" }));
  await page.evaluate(doThis);
  const asked = page.waitForRequest("**/busy");
  const hanging = page.evaluate(() => {
    for (let answer = "busy"; answer === "busy"; ) {
      const request = new XMLHttpRequest();
      request.open("GET", "/busy", false);
      request.send();
      answer = request.responseText;
    }
  });
  await asked;
  return async () => {
    hangs = false;
    await hanging;
  };
}

/** The firstLoginTime of each login that a tab heard of, and whether it went an earlier one on. */
async function logins(page: Page): Promise<{ firstLoginTime: number; reconnect: boolean }[]> {
  const log = await page.evaluate(() => (window as unknown as ClientWindow).im.diagnostics().log);
  return log.flatMap((entry) => {
    if (entry.type !== "logged-in") return [];
    return [{ firstLoginTime: entry.firstLoginTime, reconnect: entry.reconnect }];
  });
}

/** Nobody was kicked, and nothing failed. */
async function isCalm(...pages: Page[]): Promise<void> {
  for (const page of pages) await failedOnly(page, []);
}

/** Nobody was kicked, and nothing failed but what may. */
async function failedOnly(page: Page, expected: string[]): Promise<void> {
  expect(await look(page, "kicked")).toBe(0);
  const errors = await look(page, "errors");
  expect(errors.filter((error) => !expected.includes(`${error}`))).toEqual([]);
}

test("tabs of one user have one connection; each can send, and all hear everything", async () => {
  const [first, second, third] = (await stage.openTabs(await stage.newContext(), "alice", 3)) as [
    Page,
    Page,
    Page,
  ];
  expect(await Promise.all([first, second, third].map(role))).toEqual(["leader", "follower", "follower"]);
  const bob = await Terminal.chat(server, "bob", "alice");
  await send(second, "bob", ["from the second"]);
  await bob.shows("alice: from the second");
  await send(third, "bob", ["and the third"]);
  await bob.shows("alice: and the third");
  await delivered(second, ["from"]);
  await delivered(third, ["and"]);
  bob.say("to all");
  for (const page of [first, second, third]) {
    await shows(page, "to all");
    const log = await page.evaluate(() => (window as unknown as ClientWindow).im.diagnostics().log);
    const told = log.filter(({ type }) => type === "delivered").map((entry) => "fp" in entry && entry.fp);
    expect(told).toEqual(["from", "and"]);
  }
  await bob.leave();
  await isCalm(first, second, third);
});

test("a text that is no message fails in the tab that sent it, with the reason", async () => {
  const [, follower] = (await stage.openTabs(await stage.newContext(), "reasons", 2)) as [Page, Page];
  await send(follower, "", ["nobody"]);
  await send(follower, "bob", [`long ${"x".repeat(70_000)}`]);
  await follower.waitForFunction(() => {
    const { outcomes } = window as unknown as ClientWindow;
    return outcomes.nobody !== undefined && outcomes.long !== undefined;
  });
  expect(await look(follower, "outcomes")).toEqual({ nobody: "no-receiver", long: "too-long" });
});

test("when the tab that has the connection is closed, another takes over, and nothing is lost or repeated", async () => {
  const [leader, follower, other] = (await stage.openTabs(await stage.newContext(), "closed", 3)) as [
    Page,
    Page,
    Page,
  ];
  const peer = await Terminal.chat(server, "closed-peer", "closed");
  const texts = numbered("m", 100);
  const [before, after] = [texts.slice(0, 50), texts.slice(50)];
  await send(follower, "closed-peer", before);
  await leader.close();
  await send(follower, "closed-peer", after);
  await delivered(follower, texts);
  await send(other, "closed-peer", ["last"]);
  await peer.shows("closed: last");
  expect(peer.heard("closed")).toEqual([...texts, "last"]);
  peer.say("still there?");
  await shows(follower, "still there?");
  await shows(other, "still there?");
  await isCalm(follower, other);
  await peer.leave();
});

test("when the tab that has the connection crashes, another takes over what all of them had on its way", async () => {
  const context = await stage.newContext();
  const [leader, follower] = (await stage.openTabs(context, "crashed", 2)) as [Page, Page];
  await server.stop();
  const [own, others] = [numbered("leader", 50), numbered("follower", 50)];
  await send(leader, "crashed-peer", own);
  await send(follower, "crashed-peer", others);
  // They are in the leader's hands, and in the database.
  await stored(leader, 100);
  const crashed = leader.waitForEvent("crash");
  const cdp = await context.newCDPSession(leader);
  cdp.send("Page.crash").catch(() => {});
  await crashed;
  await becomes(follower, "leader");
  await server.start();
  await delivered(follower, others);
  await send(follower, "crashed-peer", ["last"]);
  const peer = await Terminal.chat(server, "crashed-peer", "crashed");
  await peer.shows("crashed: last");
  expect(peer.heard("crashed")).toEqual([...own, ...others, "last"]);
  // It took over while there was no server: that is said if the third attempt comes before the server does.
  await failedOnly(follower, ["never-opened"]);
  await peer.leave();
});

test("without a store, too, each tab repeats what it had on its way when another takes over", async () => {
  const context = await stage.newContext();
  const pages = await stage.openTabs(context, "storeless", 3, { store: false });
  const [leader, ...followers] = pages as [Page, Page, Page];
  await server.stop();
  for (const [index, page] of followers.entries())
    await send(page, "storeless-peer", numbered(`${index}`, 20));
  await leader.close();
  await server.start();
  for (const [index, page] of followers.entries()) await delivered(page, numbered(`${index}`, 20));
  await send(followers[0], "storeless-peer", ["last"]);
  const peer = await Terminal.chat(server, "storeless-peer", "storeless");
  await peer.shows("storeless: last");
  const heard = peer.heard("storeless");
  expect(heard).toHaveLength(41);
  for (const index of [0, 1]) {
    expect(heard.filter((text) => text.startsWith(`${index}-`))).toEqual(numbered(`${index}`, 20));
  }
  await peer.leave();
});

test("a message that the tab before had received when it left is shown, even where the other leads already", async () => {
  const [page] = (await stage.openTabs(await stage.newContext(), "late", 1)) as [Page];
  await page.evaluate((name) => {
    const parts = {
      from: "bob",
      to: "late",
      text: "said before",
      fp: "f1",
      qos: true,
      typeu: -1,
      bridge: false,
    };
    const message = { type: "message", message: parts };
    const state = { type: "state", state: "closed" };
    new BroadcastChannel(name).postMessage(["reports", 1, 0, Date.now(), [message, state, message]]);
  }, `mobileim/1 ${stage.url} late`);
  await shows(page, "said before");
  expect(await look(page, "shown")).toEqual(["said before"]);
  expect(await look(page, "states")).toEqual(["connecting", "logging-in", "online"]);
});

test("a tab that hangs is deposed by one that is looked at, and follows when it wakes", async () => {
  const [leader, follower] = (await stage.openTabs(await stage.newContext(), "hangs", 2)) as [Page, Page];
  const peer = await Terminal.chat(server, "hangs-peer", "hangs");
  await follower.bringToFront();
  const wake = await hang(leader, async () => {
    const { im } = window as unknown as ClientWindow;
    void im.send("hangs-peer", "sent before hanging", { fp: "hanging" }).catch(() => {});
  });
  const texts = numbered("m", 20);
  await send(follower, "hangs-peer", texts);
  await delivered(follower, texts);
  expect(await role(follower)).toBe("leader");
  peer.say("to both");
  await shows(follower, "to both");
  await wake();
  await becomes(leader, "follower");
  await shows(leader, "to both");
  // The server kicks out a session that is not gone on with.
  const [begun] = await logins(leader);
  expect(await logins(follower)).toEqual([{ ...begun, reconnect: true }]);
  await send(leader, "hangs-peer", ["last"]);
  await peer.shows("hangs: last");
  expect(peer.heard("hangs")).toEqual(["sent before hanging", ...texts, "last"]);
  await isCalm(leader, follower);
  await peer.leave();
});

test("a tab that is opened while the one with the connection hangs takes over, and kicks nobody out", async () => {
  const context = await stage.newContext();
  const [leader] = (await stage.openTabs(context, "newcomer", 1)) as [Page];
  const wake = await hang(leader);
  const [newcomer] = (await stage.openTabs(context, "newcomer", 1)) as [Page];
  expect(await role(newcomer)).toBe("leader");
  await wake();
  await becomes(leader, "follower");
  const [begun] = await logins(leader);
  expect(await logins(newcomer)).toEqual([{ ...begun, reconnect: true }]);
  await send(leader, "newcomer-peer", ["one"]);
  await delivered(leader, ["one"]);
  await isCalm(leader, newcomer);
});

test("a logout reaches a tab that was put to rest when the browser goes back to it", async () => {
  const browser = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  onTestFinished(() => browser.close());
  const [rested, other] = (await stage.openTabs(await browser.newContext(), "rested", 2)) as [Page, Page];
  await rested.goto(`${stage.origin}/elsewhere.html`);
  await other.evaluate(() => (window as unknown as ClientWindow).im.logout());
  await rested.goBack({ waitUntil: "commit" });
  await reaches(rested, "closed");
  expect((await look(rested, "states")).filter((state) => state === "connecting")).toHaveLength(1);
});

test("a tab that is left lets go of the connection, and is there again when the browser goes back to it", async () => {
  const browser = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  const [leader, follower] = (await stage.openTabs(context, "left", 2)) as [Page, Page];
  await leader.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => Object.assign(window, { persisted }));
  });
  await leader.goto(`${stage.origin}/elsewhere.html`);
  await becomes(follower, "leader");
  await send(follower, "left-peer", ["one"]);
  await delivered(follower, ["one"]);
  // Not for the event of a load, as there is none.
  await leader.goBack({ waitUntil: "commit" });
  await leader.waitForFunction(() => (window as unknown as { persisted?: boolean }).persisted);
  await becomes(leader, "follower");
  await send(leader, "left-peer", ["two"]);
  await delivered(leader, ["two"]);
  await isCalm(leader, follower);
});

test("a tab shows what came while it was put to rest, when the browser goes back to it", async () => {
  const browser = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  onTestFinished(() => browser.close());
  const context = await browser.newContext();
  const [rested, other] = (await stage.openTabs(context, "slept", 2)) as [Page, Page];
  const peer = await Terminal.chat(server, "slept-peer", "slept");
  peer.say("to both");
  for (const page of [rested, other]) await shows(page, "to both");
  await rested.goto(`${stage.origin}/elsewhere.html`);
  await becomes(other, "leader");
  peer.say("meanwhile");
  await shows(other, "meanwhile");
  await rested.goBack({ waitUntil: "commit" });
  await shows(rested, "meanwhile");
  peer.say("afterwards");
  await shows(rested, "afterwards");
  expect(await look(rested, "shown")).toEqual(["to both", "meanwhile", "afterwards"]);
  await isCalm(rested, other);
  await peer.leave();
});

test("a page that has the browser to itself is back at once when the browser goes back to it", async () => {
  const browser = await launchBrowser({ ignoreDefaultArgs: ["--disable-back-forward-cache"] });
  onTestFinished(() => browser.close());
  const [page] = (await stage.openTabs(await browser.newContext(), "back", 1)) as [Page];
  await page.evaluate(() => {
    addEventListener("pageshow", ({ persisted }) => Object.assign(window, { persisted }));
  });
  await page.goto(`${stage.origin}/elsewhere.html`);
  await page.goBack({ waitUntil: "commit" });
  await page.waitForFunction(() => (window as unknown as { persisted?: boolean }).persisted);
  await send(page, "back-peer", ["one"]);
  await delivered(page, ["one"]);
  expect((await look(page, "states")).slice(-3)).toEqual(["connecting", "logging-in", "online"]);
  await isCalm(page);
});

test("a logout in one tab logs all of them out, and gives up what any of them had on its way", async () => {
  for (const loggingOut of [0, 1]) {
    const user = `logout-${loggingOut}`;
    const pages = await stage.openTabs(await stage.newContext(), user, 3);
    await server.stop();
    for (const [index, page] of pages.entries()) await send(page, "bob", [`m${index}`]);
    await pages[loggingOut]?.evaluate(() => (window as unknown as ClientWindow).im.logout());
    for (const [index, page] of pages.entries()) {
      await reaches(page, "closed");
      await page.waitForFunction(
        (fp) => (window as unknown as ClientWindow).outcomes[fp] === "logged-out",
        `m${index}`,
      );
    }
    // Nobody takes the connection over: all have withdrawn, and none has begun anew.
    const locks = async () => {
      const { held = [], pending = [] } = await navigator.locks.query();
      return held.length + pending.length;
    };
    await expect.poll(() => pages[0]?.evaluate(locks), { timeout: 20_000, interval: 50 }).toBe(0);
    for (const page of pages) expect((await look(page, "states")).at(-1)).toBe("closed");
    await server.start();
    // And all can come back.
    await Promise.all(pages.map((page) => signIn(page, user)));
    expect((await Promise.all(pages.map(role))).filter((one) => one === "leader")).toHaveLength(1);
    await isCalm(...pages);
  }
});

test("a logout and a login in one breath end in one connection, in whichever tab", async () => {
  const pages = await stage.openTabs(await stage.newContext(), "breath", 2);
  for (const page of pages) {
    await page.evaluate(async () => {
      const { im } = window as unknown as ClientWindow;
      void im.logout();
      await im.login({ userId: "breath" });
    });
    await send(page, "bob", ["hi"]);
    await delivered(page, ["hi"]);
  }
});

test("a kick is heard in all tabs, and a login in any of them makes them independent of it", async () => {
  const [leader, follower] = (await stage.openTabs(await stage.newContext(), "kicked", 2)) as [Page, Page];
  const [elsewhere] = (await stage.openTabs(await stage.newContext(), "kicked", 1)) as [Page];
  for (const page of [leader, follower]) {
    await reaches(page, "closed");
    expect(await look(page, "kicked")).toBe(1);
  }
  await signIn(follower, "kicked");
  await reaches(elsewhere, "closed");
  expect(await role(follower)).toBe("leader");
  await signIn(leader, "kicked");
  expect(await role(leader)).toBe("follower");
});

test("different users in different tabs have nothing to do with each other", async () => {
  const context = await stage.newContext();
  const [one] = (await stage.openTabs(context, "one", 1)) as [Page];
  const [two] = (await stage.openTabs(context, "two", 1)) as [Page];
  expect(await Promise.all([one, two].map(role))).toEqual(["leader", "leader"]);
  await send(one, "two", ["hi"]);
  await shows(two, "hi");
  expect(await look(one, "shown")).toEqual([]);
});

test("with `tabs: false` the server kicks out the tab that logged in before", async () => {
  const context = await stage.newContext();
  const [first, second] = (await stage.openTabs(context, "apart", 2, { tabs: false })) as [Page, Page];
  await reaches(first, "closed");
  expect(await look(first, "kicked")).toBe(1);
  expect(await role(second)).toBe("alone");
});

test("mounting, unmounting and mounting again, as React's StrictMode does, ends in one connection", async () => {
  const page = await stage.openPage(await stage.newContext());
  const sockets: string[] = [];
  page.on("websocket", (socket) => {
    sockets.push("opened");
    socket.on("close", () => sockets.push("closed"));
  });
  await page.evaluate(async (url) => {
    const window_ = window as unknown as ClientWindow;
    const mount = async () => {
      const im = await window_.createClient({ url, getToken: () => "any" });
      return { im, online: im.login({ userId: "strict" }) };
    };
    const first = await mount();
    first.online.catch(() => {});
    first.im.close();
    const second = await mount();
    await second.online;
    await second.im.send("bob", "hi");
    window_.im = second.im;
  }, stage.url);
  expect(
    sockets.filter((one) => one === "opened").length - sockets.filter((one) => one === "closed").length,
  ).toBe(1);
  expect(await role(page)).toBe("leader");
});

test("two clients of one page share a connection too", async () => {
  const [page] = (await stage.openTabs(await stage.newContext(), "twice", 1)) as [Page];
  const [shown, roles] = await page.evaluate(async (url) => {
    const { createClient, im } = window as unknown as ClientWindow;
    const other = await createClient({ url, getToken: () => "any" });
    await other.login({ userId: "twice" });
    const heard = new Promise<string>((resolve) => other.on("message", ({ text }) => resolve(text)));
    await im.send("twice", "to myself");
    return [await heard, [im.diagnostics().role, other.diagnostics().role]];
  }, stage.url);
  expect([shown, roles]).toEqual(["to myself", ["leader", "follower"]]);
});
