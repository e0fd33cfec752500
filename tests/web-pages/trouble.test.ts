//! The demo page when the server says no, or nothing at all.

import { expect, test } from "vitest";
import type { WebSocketRoute } from "../support/browser.js";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { ChatPage } from "./support/chat-page.js";

const stage = new Stage();
const { server } = stage;

/** What stands between the page and the server: what it returns is answered in the server's name. */
type Interceptor = (message: { type: number }) => object | "pass" | "swallow";

/** Opens the page with an interceptor between it and the server. */
async function openBehind(intercept: Interceptor, options: object): Promise<ChatPage> {
  return ChatPage.open(stage.browser, server, options, async (page) => {
    await page.routeWebSocket(/\/websocket$/, (socket: WebSocketRoute) => {
      const upstream = socket.connectToServer();
      socket.onMessage((frame) => {
        // It may have several bodies, each on a line.
        for (const body of String(frame).split("\n")) {
          const answer = intercept(JSON.parse(body) as { type: number });
          if (answer === "pass") upstream.send(body);
          else if (answer !== "swallow") socket.send(JSON.stringify(answer));
        }
      });
    });
  });
}

const LOGIN = 0;
const DATA = 2;

test("a refused sign-in says so, and one can try again", async () => {
  let refuse = true;
  const refusal = { type: 50, dataContent: '{"code":1025,"firstLoginTime":-1}', from: "0", to: "-1" };
  const mallory = await openBehind(({ type }) => (type === LOGIN && refuse ? refusal : "pass"), PHONE);
  await mallory.submitSignIn("mallory");
  await mallory.page.getByText("The server didn’t accept this sign-in.").waitFor();
  await mallory.screenshot("refused-375");
  refuse = false;
  await mallory.signIn("mallory");
});

test("a sign-in that nobody answers can be cancelled", async () => {
  const niaj = await openBehind(() => "swallow", PHONE);
  await niaj.submitSignIn("niaj");
  await niaj.page.getByRole("button", { name: "Cancel" }).click();
  await niaj.page.getByRole("button", { name: "Sign in" }).waitFor();
});

test("a message that could not be sent before signing out can be sent again afterwards", async () => {
  let swallow = true;
  const olivia = await openBehind(({ type }) => (type === DATA && swallow ? "swallow" : "pass"), PHONE);
  await olivia.signIn("olivia");
  await olivia.startChat("peggy");
  await olivia.say("peggy", "In vain");
  await olivia.sent("In vain", "Sending").waitFor();
  await olivia.backToList();
  let warned = "";
  await olivia.signOut((question) => {
    warned = question;
  });
  expect(warned).toContain("will not be sent");

  swallow = false;
  await olivia.signIn("olivia");
  await olivia.openChat("peggy");
  await olivia.sent("In vain", "Not delivered").waitFor();
  await olivia.screenshot("failed-375");
  await olivia.page.getByRole("button", { name: "Tap to try again" }).click();
  await olivia.sent("In vain", "Delivered").waitFor();
  const peggy = await ChatPage.signIn(stage.browser, server, "peggy", DESKTOP);
  await peggy.openChat("olivia");
  expect(await peggy.allReceived()).toEqual(["In vain"]);
});

/** Refuses messages with a code as long as it is told to. */
function refusing(user: string, code: () => number | undefined): Interceptor {
  return (message) => {
    const errorCode = message.type === DATA ? code() : undefined;
    if (errorCode === undefined) return "pass";
    const complaint = { errorCode, errorMsg: JSON.stringify(message) };
    return { type: 52, dataContent: JSON.stringify(complaint), from: "0", to: user };
  };
}

test("a message that the server refuses is marked, and cannot be tried again", async () => {
  const victor = await openBehind(
    refusing("victor", () => 1400),
    DESKTOP,
  );
  await victor.signIn("victor");
  await victor.startChat("walter");
  await victor.say("walter", "Forbidden");
  await victor.sent("Forbidden", "Not delivered").waitFor();
  await victor.page.getByText("The server refused it").waitFor();
  expect(await victor.page.getByText("Tap to try again").count()).toBe(0);
});

test("a message for which there is no room in its receiver's mailbox can be tried again", async () => {
  let full = true;
  const trent = await openBehind(
    refusing("trent", () => (full ? 302 : undefined)),
    DESKTOP,
  );
  await trent.signIn("trent");
  await trent.startChat("walter");
  await trent.say("walter", "When there is room");
  await trent.page.getByText("Their mailbox is full").waitFor();
  full = false;
  await trent.page.getByText("Tap to try again").click();
  await trent.sent("When there is room", "Delivered").waitFor();
  expect(await trent.page.getByText("Their mailbox is full").count()).toBe(0);
});

test("a message that was under way when the page was reloaded arrives once", async () => {
  let swallow = true;
  const erin = await openBehind(({ type }) => (type === DATA && swallow ? "swallow" : "pass"), DESKTOP);
  await erin.signIn("erin");
  const frank = await ChatPage.signIn(stage.browser, server, "frank", DESKTOP);
  await erin.startChat("frank");
  await erin.say("frank", "Under way");
  await erin.sent("Under way", "Sending").waitFor();
  swallow = false;
  await erin.page.reload();
  await erin.sent("Under way", "Delivered").waitFor();
  await erin.say("frank", "Afterwards");
  await frank.openChat("erin");
  await frank.received("Afterwards").waitFor();
  expect(await frank.allReceived()).toEqual(["Under way", "Afterwards"]);
  expect(await erin.allSent()).toEqual(["Under way", "Afterwards"]);
});

test("a page that is reloaded the moment something is sent has sent it, or has it still there to send", async () => {
  const ted = await ChatPage.signIn(stage.browser, server, "ted", DESKTOP);
  await ted.startChat("ursula");
  for (let round = 1; round <= 5; round++) {
    await ted.say("ursula", `round ${round}`);
    await ted.page.reload();
    await ted.log.waitFor();
    const sent = await ted.allSent();
    const left = await ted.composer("ursula").inputValue();
    expect([...sent, left]).toContain(`round ${round}`);
    if (!sent.includes(`round ${round}`)) await ted.composer("ursula").press("Enter");
    await ted.sent(`round ${round}`, "Delivered").waitFor();
  }
  const ursula = await ChatPage.signIn(stage.browser, server, "ursula", DESKTOP);
  await ursula.openChat("ted");
  expect(await ursula.allReceived()).toEqual(["1", "2", "3", "4", "5"].map((round) => `round ${round}`));
});

test("a browser that keeps nothing says so, and one can chat", async () => {
  const rupert = await ChatPage.open(stage.browser, server, PHONE, async (page) => {
    await page.addInitScript(() => Object.defineProperty(window, "indexedDB", { value: undefined }));
  });
  await rupert.signIn("rupert");
  await rupert.page.getByText("This browser keeps nothing").waitFor();
  await rupert.startChat("rupert");
  await rupert.say("rupert", "For now");
  await rupert.sent("For now", "Delivered").waitFor();
  await rupert.received("For now").waitFor();
  await rupert.screenshot("keeps-nothing-375");
});

test("a browser that has no room left shows what is said all the same, and says that it does not keep it", async () => {
  const sybil = await ChatPage.signIn(stage.browser, server, "sybil", DESKTOP);
  await sybil.startChat("sybil");
  await sybil.say("sybil", "While there is room");
  await sybil.received("While there is room").waitFor();
  const browser = await sybil.page.context().newCDPSession(sybil.page);
  await browser.send("Storage.overrideQuotaForOrigin", {
    origin: new URL(server.page).origin,
    quotaSize: 1,
  });
  await sybil.page.evaluate(fill);
  await sybil.say("sybil", `${"x".repeat(7900)} without room`);
  await sybil.page.getByText("This browser keeps nothing").waitFor();
  await sybil.say("sybil", "The end");
  await sybil.sent("The end", "Delivered").waitFor();
  await sybil.received("The end").waitFor();
  const lastWords = (texts: string[]) => texts.map((text) => text.replace(/^x+ /, ""));
  const expected = ["While there is room", "without room", "The end"];
  expect(lastWords(await sybil.allSent())).toEqual(expected);
  expect(lastWords(await sybil.allReceived())).toEqual(expected);
});

/** Writes until there is no room, as the browser lets some through. */
async function fill(): Promise<void> {
  const database = await new Promise<IDBDatabase>((resolve) => {
    const request = indexedDB.open("filler");
    request.onupgradeneeded = () => request.result.createObjectStore("all", { autoIncrement: true });
    request.onsuccess = () => resolve(request.result);
  });
  for (let full = false; !full; ) {
    full = await new Promise((resolve) => {
      const transaction = database.transaction("all", "readwrite");
      transaction.objectStore("all").add("x".repeat(4_000_000));
      transaction.oncomplete = () => resolve(false);
      transaction.onabort = () => resolve(true);
    });
  }
}
