//! The demo mini-program at a server that gives tokens for passwords.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "../support/browser.js";
import { FolderSite } from "../support/site.js";
import { Stage } from "../support/stage.js";
import { Team } from "../support/team.js";
import { SITE } from "./support/app/build.js";
import { MiniApp } from "./support/mini-app.js";

const PASSWORD = "correct horse";

const team = new Team();
const stage = new Stage(undefined, team.serverWithPasswords({ alice: PASSWORD, bob: PASSWORD }));
const { server } = stage;
let site: FolderSite;

beforeAll(async () => {
  site = await FolderSite.start(SITE);
});
afterAll(() => site.stop());

const direct = () => `ws://${server.addresses.ws}/websocket`;
const login = () => `${server.page}login`;

/** As a developer writes it into config.js. */
async function configure(page: Page): Promise<void> {
  await page.route("**/app.js", async (route) => {
    const response = await route.fetch();
    const body = (await response.text()).replace(/login: ?(""|'')/, `login: ${JSON.stringify(login())}`);
    await route.fulfill({ response, body });
  });
}

const kept = (page: Page) => page.evaluate(() => JSON.stringify({ ...localStorage }));

async function signIn(app: MiniApp, user: string, password: string): Promise<void> {
  await app.field("password").fill(password);
  await app.submitSignIn(user, direct());
}

test("one signs in with a password, and stays signed in without it when the app was killed", async () => {
  const alice = await MiniApp.open(stage.browser, site.url, {}, configure);
  await signIn(alice, "alice", "wrong");
  await alice.page.getByText("The user ID or the password is wrong.").waitFor();
  await alice.screenshot("password-wrong");
  await signIn(alice, "alice", PASSWORD);
  await alice.page.getByText("Chats", { exact: true }).waitFor();
  expect(await kept(alice.page)).not.toContain(PASSWORD);
  await alice.launch();
  await alice.startChat("alice");
  await alice.say("still here");
  await alice.received("still here").waitFor();
  await alice.back();
  await alice.page.getByRole("button", { name: "Sign out" }).tap();
  await alice.field("password").waitFor();
  expect(await alice.field("user-id").inputValue()).toBe("alice");
  expect(await kept(alice.page)).not.toContain("token");
});

test("how long to wait after too many attempts is told, and that the server is down", async () => {
  const mallory = await MiniApp.open(stage.browser, site.url, {}, configure);
  for (let status = 401; status === 401; ) {
    const answer = mallory.page.waitForResponse(login());
    await signIn(mallory, "mallory", "guessed it");
    status = (await answer).status();
  }
  await mallory.page.getByText(/^Too many attempts\. Seconds to wait: \d+$/).waitFor();
  await mallory.page.route(login(), (route) => route.abort());
  await signIn(mallory, "bob", PASSWORD);
  await mallory.page.getByText("The server can’t be reached. Try again.").waitFor();
});

test("an app that has the password gets another token before the one expires; later it asks for the password", async () => {
  const bob = await MiniApp.open(stage.browser, site.url, {}, configure);
  // The server's own are valid for a minute at least.
  await bob.page.route(login(), async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { token: team.token("bob", "1s") } });
  });
  await signIn(bob, "bob", PASSWORD);
  await bob.page.getByText("Chats", { exact: true }).waitFor();
  const before = await kept(bob.page);
  expect((await bob.page.waitForResponse(login())).status()).toBe(200);
  await bob.page.waitForFunction((before) => JSON.stringify({ ...localStorage }) !== before, before);
  await bob.launch();
  await bob.page.getByText("Your sign-in has expired. Please sign in again.").waitFor();
});
