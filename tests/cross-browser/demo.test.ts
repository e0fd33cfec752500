//! The demo page, by hand so to speak: with keys and clicks.
import { expect, test } from "vitest";
import { Terminal } from "../support/terminal.js";
import { Chat } from "./support/chat.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test("the demo page chats with a terminal, through a restart of the server and a reload", async () => {
  const bob = await Terminal.chat(stage.server, "bob", "alice");
  const alice = await Chat.signIn(stage, "alice");
  await alice.startChat("bob");
  await alice.say("bob", "Hi Bob, 你好");
  await bob.shows("alice: Hi Bob, 你好");
  await alice.ticks("Hi Bob", "Delivered");
  bob.say("Hi Alice");
  await alice.shows("Hi Alice");

  expect(await stage.server.stop()).toBe(0);
  await alice.shows("Reconnecting");
  await alice.say("bob", "While it was down");
  await alice.ticks("While it was down", "Sending");
  await stage.server.start();
  await alice.ticks("While it was down", "Delivered");
  await bob.shows("alice: While it was down");

  await alice.reload();
  await alice.shows("Hi Alice");
  bob.say("After the reload");
  await alice.shows("After the reload");
  await alice.page.screenshot("demo");
  await bob.leave();
});
