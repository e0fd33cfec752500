//! The demo page at a server that takes tokens from elsewhere.
import { expect, test } from "vitest";
import { DESKTOP, PHONE } from "../support/browser.js";
import { Stage } from "../support/stage.js";
import { Team } from "../support/team.js";
import { ChatPage } from "./support/chat-page.js";

const team = new Team();
const stage = new Stage(undefined, team.serverWithTokens());
const { server } = stage;

test("whoever has a token pastes it, and stays signed in through a reload", async () => {
  const alice = await ChatPage.open(stage.browser, server, PHONE);
  await alice.submitSignIn("alice", team.token("bob"));
  await alice.refuses("The server didn’t accept this token for this user ID.");
  await alice.signIn("alice", ` ${team.token("alice")} `);
  await alice.page.reload();
  await alice.startChat("alice");
  await alice.say("alice", "still here");
  await alice.received("still here").waitFor();
});

test("a token that has expired is asked for anew, where one was", async () => {
  const bob = await ChatPage.open(stage.browser, server, DESKTOP);
  await bob.signIn("bob", team.token("bob", "1s"));
  await bob.startChat("bob");
  await bob.expired.waitFor();
  await bob.expired.getByLabel("Token").fill(team.token("carol"));
  await bob.expired.getByRole("button", { name: "Sign in" }).click();
  await bob.refuses("The server didn’t accept this token for this user ID.");
  await bob.expired.getByLabel("Token").fill(team.token("bob"));
  await bob.expired.getByRole("button", { name: "Sign in" }).click();
  await bob.expired.waitFor({ state: "detached" });
  await bob.say("bob", "back again");
  await bob.received("back again").waitFor();
});

test("a page that was not told what its server wants finds out", async () => {
  const carol = await ChatPage.open(stage.browser, server, DESKTOP, async (page) => {
    await page.route("**/config.json", async (route) => {
      const { signIn: _, ...rest } = await (await route.fetch()).json();
      await route.fulfill({ json: rest });
    });
  });
  await carol.submitSignIn("carol");
  await carol.refuses("This server wants a token, too.");
  await carol.signIn("carol", team.token("carol"));
  await carol.page.reload();
  await carol.page.getByRole("heading", { name: "Chats", exact: true }).waitFor();
});

test("nobody is asked for a token that is in the page's address", async () => {
  const dave = await ChatPage.open(stage.browser, server, DESKTOP);
  await dave.page.goto(`${server.page}?token=${team.token("dave")}`);
  await dave.signIn("dave");
  expect(await dave.secret.count()).toBe(0);
});
