//! The packed package in projects of tools that people still use, against a real server.
import { access, readdir, readFile } from "node:fs/promises";
import { parse } from "acorn";
import { expect, test } from "vitest";
import { serveFolder } from "../support/site.js";
import { jest, taro3, uniAppVue2, vueCli4Page, webpack4Page } from "./support/builders/tools.js";
import { viteDevelopment, vitePage, viteSlimDevelopment, viteSlimPage } from "./support/builders/vite.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();

test.each([
  ["import", "main"],
  ["the drop-in", "main-imsdk"],
])("a page with %s built by webpack 4 chats while network and server come and go", async (_, entry) => {
  const alice = await stage.open(await serveFolder(await webpack4Page(entry)), `alice-${entry}`);
  await alice.chatsThrough(stage);
});

test.each([
  ["require", "main-require"],
  ["the slim entry", "main-slim"],
  ["the engine in JavaScript", "main-wasm2js"],
])("a page with %s built by webpack 4 chats", async (_, entry) => {
  const alice = await stage.open(await serveFolder(await webpack4Page(entry)), `alice-${entry}`);
  await alice.chats(stage.bob);
});

test("webpack 4 finds and parses every entry, and leaves nothing newer than 2018 in its bundle", async () => {
  const code = await readFile(`${await webpack4Page("all")}/main.js`, "utf8");
  parse(code, { ecmaVersion: 2018, sourceType: "script" });
});

test("a page built by Vue CLI 4 chats while network and server come and go", async () => {
  const alice = await stage.open(await serveFolder(await vueCli4Page()), "alice-vue-cli");
  await alice.chatsThrough(stage);
});

/** These two build for a minute and more where there are few cores. */
const PATIENCE = 240_000;

/** The scripts of a mini-program, as one text. */
async function scripts(folder: string): Promise<string> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".js"));
  return (await Promise.all(names.map((name) => readFile(`${folder}/${name}`, "utf8")))).join("\n");
}

test.each([
  { tool: "uni-app with Vue 2", build: () => uniAppVue2("h5") },
  { tool: "Taro 3, of the drop-in,", build: () => taro3("h5") },
])(
  "a page of $tool chats while network and server come and go",
  { timeout: PATIENCE },
  async ({ tool, build }) => {
    const alice = await stage.open(await serveFolder(await build()), `alice-${tool.slice(0, 3)}`);
    await alice.chatsThrough(stage);
  },
);

test.each([
  { tool: "uni-app with Vue 2", build: () => uniAppVue2("mp-weixin") },
  { tool: "Taro 3, of the drop-in,", build: () => taro3("weapp") },
])(
  "a mini-program of $tool has the mini-program's client and its engine, and not the page's",
  { timeout: PATIENCE },
  async ({ build }) => {
    const folder = await build();
    const code = await scripts(folder);
    expect(code).toContain("WXWebAssembly");
    expect(code).not.toContain("indexedDB");
    const [, engine = ""] = /wasm: ?"(\/[^"]*mobileim\.wasm)"/.exec(code) ?? [];
    await access(`${folder}${engine}`);
  },
);

const VITES = ["vite-4", "vite-5", "vite-6", "vite-7", "vite"];

test.each(VITES)("a page built by %s is one script, and chats", async (version) => {
  const alice = await stage.open(await serveFolder(await vitePage(version)), `alice-${version}`);
  await alice.chats(stage.bob);
  expect(await alice.loadedFiles()).toEqual([expect.stringMatching(/\.js$/)]);
});

test.each(VITES)("a page of the slim entry built by %s loads the engine as a file", async (version) => {
  const alice = await stage.open(await serveFolder(await viteSlimPage(version)), `alice-slim-${version}`);
  await alice.chats(stage.bob);
  expect(await alice.loadedFiles()).toContainEqual(expect.stringMatching(/\.wasm$/));
});

test.each(VITES)("a page served by %s for development chats, also with the slim entry", async (version) => {
  const alice = await stage.open(await viteDevelopment(version), `alice-development-${version}`);
  await alice.chats(stage.bob);
  const carol = await stage.open(await viteSlimDevelopment(version), `carol-development-${version}`);
  await carol.chats(stage.bob);
});

test.each(["jest", "jest-29"])("a test of a page runs in %s with jsdom", async (version) => {
  const user = `alice-${version}`;
  const ended = jest(version, { MOBILEIM_URL: stage.url, MOBILEIM_USER: user });
  const heard = stage.bob.hearsFrom(user, 1);
  // Whatever fails first is told.
  await Promise.race([heard, ended]);
  expect(await heard).toEqual(["Hello from Jest, 你好 😀 \ufffd"]);
  await stage.bob.im.send(user, "Hello Jest, 你好 😀");
  const said = await ended;
  expect(said).toMatch(/^Tests: +3 passed, 3 total$/m);
  // Something of the client would still run.
  expect(said).not.toContain("did not exit");
});
