//! The engine in JavaScript, where there is no WebAssembly, against a real server.
import { expect, test } from "vitest";
import { Program } from "../support/program.js";
import { serveFolder } from "../support/site.js";
import { esbuildWithFallback, esbuildWithWasm2js } from "./support/builders/esbuild.js";
import { fixture } from "./support/builders/folders.js";
import { plainPages } from "./support/builders/plain.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
const IN_JAVASCRIPT = expect.stringMatching(/^\/wasm2js-\w+\.js$/);
const NO_WEBASSEMBLY = "delete globalThis.WebAssembly";

test("a page without WebAssembly chats, also when the network and the server go away", async () => {
  const site = await serveFolder(await esbuildWithWasm2js());
  const alice = await stage.open(site, "alice-wasm2js", NO_WEBASSEMBLY);
  await alice.chatsThrough(stage);
});

test("a page whose policy forbids WebAssembly falls back to JavaScript", async () => {
  const policy = { "Content-Security-Policy": "script-src 'self'" };
  const alice = await stage.open(
    await serveFolder(await esbuildWithFallback(), { headers: policy }),
    "alice-policy",
  );
  await alice.isIn("online");
  await alice.say("Hello bob");
  await alice.shows("Hello bob ✓");
  expect(await alice.loadedFiles()).toContainEqual(IN_JAVASCRIPT);
});

test("a page whose policy allows just WebAssembly chats without the engine in JavaScript", async () => {
  const policy = { "Content-Security-Policy": "script-src 'self' 'wasm-unsafe-eval'" };
  const alice = await stage.open(
    await serveFolder(await esbuildWithFallback(), { headers: policy }),
    "alice-allowed",
  );
  await alice.chats(stage.bob);
  expect(await alice.loadedFiles()).not.toContainEqual(IN_JAVASCRIPT);
});

test("a page that has WebAssembly does not load the engine in JavaScript", async () => {
  const site = await serveFolder(await esbuildWithWasm2js());
  const alice = await stage.open(site, "alice-no-wasm2js");
  await alice.isIn("online");
  expect(await alice.loadedFiles()).not.toContainEqual(IN_JAVASCRIPT);
});

test("a memory that grows takes what is sent and received with it", async () => {
  const site = await serveFolder(await esbuildWithWasm2js());
  const alice = await stage.open(site, "alice-memory", NO_WEBASSEMBLY);
  await alice.isIn("online");
  stage.network.cut();
  await alice.isIn("waiting");
  // More than the memory holds at first; the engine's outbox takes a thousand.
  const texts = Array.from({ length: 500 }, (_, index) => `${index} ${"中文 ".repeat(500)}`);
  await alice.sayAll(texts);
  stage.network.mend();
  expect(await stage.bob.hearsFrom("alice-memory", texts.length)).toEqual(texts);
});

test("a page without WebAssembly and without the engine in JavaScript says what to do", async () => {
  const site = await serveFolder(await plainPages());
  const alice = await stage.open(`${site}module.html`, "alice-nothing", NO_WEBASSEMBLY);
  expect((await alice.failure()).message).toBe(
    "the WebAssembly engine could not be loaded: there is no WebAssembly here; pass wasm: instantiate from mobileim/wasm2js",
  );
});

test("a world without WebAssembly in Node.js says what to do, and then logs in, receives and sends", async () => {
  const program = new Program(process.execPath, [fixture("node/strict-world.cjs"), stage.url, "alice-world"]);
  await program.line((line) => line === "online");
  expect(program.lines[0]).toMatch(/^EngineLoadError engine-not-loaded .* mobileim\/wasm2js$/);
  await stage.bob.im.send("alice-world", "Hello world");
  expect(await stage.bob.hearsFrom("alice-world", 1)).toEqual(["Hello world, too"]);
  expect(await program.ended()).toBe(0);
});
