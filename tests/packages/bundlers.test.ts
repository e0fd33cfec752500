//! The packed package in pages that users' bundlers made of it, against a real server.
import { test } from "vitest";
import { esbuildOfCommonJs, esbuildWithCopy, esbuildWithLoader } from "./support/builders/esbuild.js";
import { rollupPage } from "./support/builders/rollup.js";
import { viteDevelopment, vitePage } from "./support/builders/vite.js";
import { webpackPage } from "./support/builders/webpack.js";
import { serveFolder } from "./support/site.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test("a page built by Vite chats, also when the network and the server go away", async () => {
  const alice = await stage.open(await serveFolder(await vitePage()), "alice-vite");
  await alice.chatsThrough(stage);
});

test("a page served by Vite for development chats", async () => {
  const alice = await stage.open(await viteDevelopment(), "alice-development");
  await alice.chats(stage.bob);
});

test.each([
  { bundler: "webpack", build: webpackPage },
  { bundler: "Rollup", build: rollupPage },
  { bundler: "esbuild, with the file copied", build: esbuildWithCopy },
  { bundler: "esbuild, with its file loader", build: esbuildWithLoader },
  { bundler: "esbuild, of CommonJS, for old browsers", build: esbuildOfCommonJs },
])("a page built by $bundler chats", async ({ build }) => {
  const alice = await stage.open(await serveFolder(await build()), "alice");
  await alice.chats(stage.bob);
});
