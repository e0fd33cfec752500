//! The demo page when the server says no, or nothing at all.
import type { WebSocketRoute } from "playwright-core";
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "./support/browser.js";
import { ChatPage } from "./support/chat-page.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
const { server } = stage;

/** What stands between the page and the server: what it returns is answered in the server's name. */
type Interceptor = (message: { type: number }) => object | "pass" | "swallow";

/** Opens the page with an interceptor between it and the server. */
async function openBehind(intercept: Interceptor, options: object): Promise<ChatPage> {
  return ChatPage.open(stage.browser, server, options, async (page) => {
    await page.routeWebSocket(/\/websocket$/, (socket: WebSocketRoute) => {
      const upstream = socket.connectToServer();
      socket.onMessage((text) => {
        const answer = intercept(JSON.parse(String(text)) as { type: number });
        if (answer === "pass") upstream.send(text);
        else if (answer !== "swallow") socket.send(JSON.stringify(answer));
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

test("a message that the server refuses is marked, and cannot be tried again", async () => {
  const victor = await openBehind((message) => {
    if (message.type !== DATA) return "pass";
    const complaint = { errorCode: 1400, errorMsg: JSON.stringify(message) };
    return { type: 52, dataContent: JSON.stringify(complaint), from: "0", to: "victor" };
  }, DESKTOP);
  await victor.signIn("victor");
  await victor.startChat("walter");
  await victor.say("walter", "Forbidden");
  await victor.sent("Forbidden", "Not delivered").waitFor();
  await victor.page.getByText("The server refused it").waitFor();
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
