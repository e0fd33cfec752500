//! The packed package in pages without a bundler, against a real server.
import { test } from "vitest";
import { serveFolder } from "../support/site.js";
import { plainPages } from "./support/builders/plain.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test("a page that imports the unpacked module chats, also when the network and the server go away", async () => {
  const alice = await stage.open(`${await serveFolder(await plainPages())}module.html`, "alice-module");
  await alice.chatsThrough(stage);
});

test("a page with one classic script tag chats, also when the network and the server go away", async () => {
  const alice = await stage.open(`${await serveFolder(await plainPages())}cdn.html`, "alice-cdn");
  await alice.chatsThrough(stage);
});

test("the classic script runs in a page that is not in UTF-8", async () => {
  const alice = await stage.open(`${await serveFolder(await plainPages())}old-encoding.html`, "alice-gbk");
  await alice.chatsThrough(stage);
});
