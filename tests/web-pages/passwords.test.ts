//! The demo page at a server that gives tokens for passwords.
import { expect, test } from "vitest";
import { DESKTOP, type Page, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Team } from "../support/team.js";
import { ChatPage } from "./support/chat-page.js";

const PASSWORD = "correct horse";

const team = new Team();
const users = { alice: PASSWORD, bob: PASSWORD, carol: PASSWORD, dave: PASSWORD, erin: PASSWORD };
const stage = new Stage(undefined, team.serverWithPasswords(users, ["--data-dir", team.folder("data")]));
const { server } = stage;

/** Everything that the page has put aside, where a script finds it. */
const kept = (page: Page) =>
  page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }]));

/** Where the page asks for a token. */
const login = () => `${server.page}login`;

/** Has the server give tokens that are soon over: its own are valid for a minute at least. */
const shorten = ({ page }: ChatPage, user: string) =>
  page.route(login(), async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { token: team.token(user, "1s") } });
  });

/** Starts the server anew, where it knows none of the tokens that it has given. */
async function forgetTokens(): Promise<void> {
  await server.stop();
  team.changeSecret();
  await server.start();
}

test("a tab stays signed in through a reload, without the password, until the user signs out", async () => {
  const alice = await ChatPage.open(stage.browser, server, PHONE);
  await alice.signIn("alice", PASSWORD);
  await alice.startChat("alice");
  await alice.say("alice", "before");
  await alice.sent("before", "Delivered").waitFor();
  expect(await kept(alice.page)).not.toContain(PASSWORD);
  const asked: string[] = [];
  alice.page.on("request", (request) => asked.push(request.url()));
  await alice.page.reload();
  await alice.received("before").waitFor();
  await alice.say("alice", "afterwards");
  await alice.sent("afterwards", "Delivered").waitFor();
  expect(asked).not.toContain(login());
  const tab = await alice.anotherTab(server);
  expect(await tab.page.getByLabel("User ID").inputValue()).toBe("alice");
  await tab.secret.waitFor();
  await alice.backToList();
  await alice.signOut();
  expect(await kept(alice.page)).not.toContain("token");
  await alice.page.reload();
  await alice.secret.waitFor();
});

test("why there is no token is told, and how long to wait", async () => {
  const mallory = await ChatPage.open(stage.browser, server, DESKTOP);
  await mallory.submitSignIn("mallory", PASSWORD);
  await mallory.refuses("The user ID or the password is wrong.");
  await mallory.screenshot("password-wrong-1280");
  // What is wrong is selected, to be typed anew.
  expect(await mallory.page.evaluate(() => document.activeElement?.id)).toBe("secret");
  const answer = () => mallory.page.waitForResponse(login());
  for (let status = 401; status === 401; ) {
    const [response] = await Promise.all([answer(), mallory.submitSignIn("mallory", "guessed it")]);
    status = response.status();
  }
  await mallory.refuses("Too many attempts. Try again in ");
  await mallory.screenshot("too-many-attempts-1280");
  await mallory.page.route(login(), (route) =>
    route.fulfill({ status: 503, headers: { "retry-after": "1" }, json: {} }),
  );
  await mallory.submitSignIn("bob", PASSWORD);
  await mallory.refuses("The server is busy. Try again in 1 s.");
  await mallory.refuses("You can try again now.");
  for (const [status, text] of [
    [403, "This server lets no one sign in from this page’s address."],
    [404, "This server takes no passwords."],
    [502, "The server can’t be reached. Try again."],
    [200, "The server gave an answer that this page doesn’t understand."],
  ] as const) {
    await mallory.page.unroute(login());
    await mallory.page.route(login(), (route) => route.fulfill({ status, body: "{}" }));
    await mallory.submitSignIn("bob", PASSWORD);
    await mallory.refuses(text);
  }
  await mallory.page.unroute(login());
  await server.stop();
  await mallory.submitSignIn("bob", PASSWORD);
  await mallory.refuses("The server can’t be reached. Try again.");
  await server.start();
  await mallory.signIn("bob", PASSWORD);
});

test("a sign-in that takes long can be cancelled, and what comes of it then is nothing", async () => {
  const bob = await ChatPage.open(stage.browser, server, DESKTOP);
  let answer = () => {};
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await bob.page.route(login(), async (route) => {
    await held;
    await route.continue().catch(() => {});
  });
  await bob.submitSignIn("bob", PASSWORD);
  await bob.page.getByRole("button", { name: "Cancel" }).click();
  await bob.page.unroute(login());
  answer();
  await bob.signIn("carol", PASSWORD);
  await bob.openSettings();
  await bob.page.getByRole("heading", { name: "carol" }).waitFor();
});

test("a page that has the password gets another token before the one expires", async () => {
  const dave = await ChatPage.open(stage.browser, server, DESKTOP);
  await shorten(dave, "dave");
  await dave.signIn("dave", PASSWORD);
  const before = await kept(dave.page);
  const states: string[] = [];
  await dave.page.exposeFunction("note", (text: string) => states.push(text));
  await dave.page.evaluate(() => {
    const { note } = window as unknown as { note(text: string): void };
    const banner = document.querySelector(".banner-place") as Element;
    new MutationObserver(() => note(banner.textContent ?? "")).observe(banner, {
      childList: true,
      subtree: true,
    });
  });
  expect((await dave.page.waitForResponse(login())).status()).toBe(200);
  // And of the one that it got then.
  expect((await dave.page.waitForResponse(login())).status()).toBe(200);
  expect(await kept(dave.page)).not.toBe(before);
  expect(states).toEqual([]);
});

test("a page that was reloaded asks for the password when its token expires, and goes on where it was", async () => {
  const erin = await ChatPage.open(stage.browser, server, PHONE);
  await shorten(erin, "erin");
  await erin.signIn("erin", PASSWORD);
  await erin.page.reload();
  await erin.startChat("bob");
  await erin.composer("bob").fill("Half a sen");
  await erin.expired.waitFor();
  await erin.screenshot("expired-375");
  await erin.page.unroute(login());
  await erin.expired.getByLabel("Password").fill("wrong");
  await erin.expired.getByRole("button", { name: "Sign in" }).click();
  await erin.refuses("The user ID or the password is wrong.");
  await erin.expired.getByLabel("Password").fill(PASSWORD);
  await erin.expired.getByRole("button", { name: "Sign in" }).click();
  await erin.expired.waitFor({ state: "detached" });
  expect(await erin.composer("bob").inputValue()).toBe("Half a sen");
  await erin.composer("bob").pressSequentially("tence");
  await erin.composer("bob").press("Enter");
  await erin.sent("Half a sentence", "Delivered").waitFor();
});

test("a token that the server does not take any more is replaced without a word, if the page has the password", async () => {
  const bob = await ChatPage.open(stage.browser, server, DESKTOP);
  await bob.signIn("bob", PASSWORD);
  await bob.startChat("bob");
  await Promise.all([bob.page.waitForResponse(login()), forgetTokens()]);
  await bob.say("bob", "still here");
  await bob.received("still here").waitFor();
  expect(await bob.expired.count()).toBe(0);
});

test("a password that is given in one tab does for all of them", async () => {
  const one = await ChatPage.open(stage.browser, server, DESKTOP);
  await one.signIn("carol", PASSWORD);
  const two = await one.anotherTab(server);
  await two.signIn("carol", PASSWORD);
  await one.page.reload();
  await two.page.reload();
  for (const tab of [one, two]) await tab.page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
  await forgetTokens();
  for (const tab of [one, two]) await tab.expired.waitFor();
  await two.expired.getByLabel("Password").fill(PASSWORD);
  await two.expired.getByRole("button", { name: "Sign in" }).click();
  for (const tab of [one, two]) await tab.expired.waitFor({ state: "detached" });
  await one.startChat("dave");
  await one.say("dave", "from one");
  await one.sent("from one", "Delivered").waitFor();
  await two.openChat("dave");
  await two.say("dave", "from two");
  await one.sent("from two", "Delivered").waitFor();
});

test("whoever is not among the users any more is asked, and can sign out", async () => {
  const dave = await ChatPage.open(stage.browser, server, DESKTOP);
  await dave.signIn("dave", PASSWORD);
  team.setPasswords({ erin: PASSWORD });
  await forgetTokens();
  await dave.expired.waitFor();
  await dave.expired.getByRole("button", { name: "Sign out" }).click();
  await dave.secret.waitFor();
  expect(await kept(dave.page)).not.toContain("token");
});
