//! The packed package in pages that users' bundlers made of it, against a real server.
import { expect, test } from "vitest";
import { serveFolder } from "../support/site.js";
import {
  esbuildOfCommonJs,
  esbuildPage,
  esbuildWithCopy,
  esbuildWithLoader,
} from "./support/builders/esbuild.js";
import { rollupPage, rollupSlimPage } from "./support/builders/rollup.js";
import { viteDevelopment, vitePage, viteSlimPage } from "./support/builders/vite.js";
import { webpackPage, webpackSlimPage } from "./support/builders/webpack.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test("a page served by Vite for development chats", async () => {
  const alice = await stage.open(await viteDevelopment(), "alice-development");
  await alice.chatsThrough(stage);
});

test.each([
  { bundler: "Vite", build: vitePage },
  { bundler: "webpack", build: webpackPage },
  { bundler: "Rollup", build: rollupPage },
  { bundler: "esbuild", build: esbuildPage },
  { bundler: "esbuild, of CommonJS, for old browsers", build: esbuildOfCommonJs },
])(
  "a page built by $bundler is one script, and chats while network and server come and go",
  async ({ build }) => {
    const alice = await stage.open(await serveFolder(await build()), "alice");
    await alice.chatsThrough(stage);
    expect(await alice.loadedFiles()).toEqual([expect.stringMatching(/\.js$/)]);
  },
);

test.each([
  { bundler: "Vite", build: viteSlimPage },
  { bundler: "webpack", build: webpackSlimPage },
  { bundler: "Rollup, with a plugin for files beside scripts", build: rollupSlimPage },
  { bundler: "esbuild, with the file copied", build: esbuildWithCopy },
  { bundler: "esbuild, with its file loader", build: esbuildWithLoader },
])("a page of the slim entry built by $bundler loads the engine as a file", async ({ build }) => {
  const alice = await stage.open(await serveFolder(await build()), "alice-slim");
  await alice.chatsThrough(stage);
  expect(await alice.loadedFiles()).toContainEqual(expect.stringMatching(/\.wasm$/));
});
