//! The demo page, at a server that gives tokens for passwords.
import { expect, test } from "vitest";
import { Team } from "../support/team.js";
import { Chat } from "./support/chat.js";
import { Stage } from "./support/stage.js";

const PASSWORD = "correct horse";

const team = new Team();
const stage = new Stage((flags) => team.serverWithPasswords({ alice: PASSWORD }, flags));

test("one signs in with a password, stays so through a reload, and goes on after a token that does not count any more", async () => {
  const alice = await Chat.signIn(stage, "alice", PASSWORD);
  await alice.reload();
  await alice.startChat("alice");
  await alice.say("alice", "before");
  await alice.ticks("before", "Delivered");
  expect(await stage.server.stop()).toBe(0);
  team.changeSecret();
  await stage.server.start();
  await alice.signInAgain(PASSWORD);
  await alice.say("alice", "afterwards");
  await alice.ticks("afterwards", "Delivered");
});
