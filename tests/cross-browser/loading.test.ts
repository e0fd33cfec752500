//! How the engine gets into the page.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { importMap } from "./support/builds.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
const WASM = "/mobileim/web/engine/mobileim_bg.wasm";

/** A page with the entry that loads the engine as a file. */
const slim = () => stage.page("slim");

test("the engine is in the script: nothing else is asked for", async () => {
  const { asked } = stage.site;
  const page = await stage.page();
  const before = asked.length;
  await page.login("inside", stage.url);
  expect(asked.slice(before)).toEqual([]);
});

test("the engine is loaded from bytes that the application brings", async () => {
  const { asked } = stage.site;
  const page = await slim();
  const before = asked.length;
  await page.run(
    async (url, file) => {
      const wasm = await (await fetch(file)).arrayBuffer();
      await start({ url, wasm, getToken: () => "a-token" });
      await im.login({ userId: "bytes" });
    },
    stage.url,
    WASM,
  );
  expect(asked.slice(before)).toEqual([WASM]);
});

test("the slim entry loads the engine from beside it, once for three clients", async () => {
  const { asked } = stage.site;
  const page = await slim();
  const before = asked.length;
  await page.run(async (url) => {
    await Promise.all([start({ url }), start({ url })]);
    await start({ url });
  }, stage.url);
  expect(asked.slice(before)).toEqual([WASM]);
});

test("the engine is loaded from a server that does not know what a wasm file is", async () => {
  stage.site.serve(WASM, { headers: { "Content-Type": "application/octet-stream" } });
  const page = await slim();
  await page.login("octet", stage.url);
});

test("a wasm file that is not there is an error that names it, and the next attempt may find it", async () => {
  const address = `${stage.site.url.slice(0, -1)}${WASM}`;
  const page = await slim();
  stage.site.serve(WASM, { status: 404 });
  const refused = await page.run(async (url) => {
    try {
      await start({ url });
      return "loaded";
    } catch (error) {
      return [error instanceof mobileim.EngineLoadError, (error as Error).message];
    }
  }, stage.url);
  expect(refused).toEqual([
    true,
    `the WebAssembly engine could not be loaded: ${address} answers 404 Not Found`,
  ]);
  stage.site.serve(WASM, {});
  await page.login("patient", stage.url);
});

test("a page with a strict Content-Security-Policy only has to allow WebAssembly and the server", async () => {
  const map = createHash("sha256").update(importMap("module")).digest("base64");
  const scripts = `script-src 'self' 'sha256-${map}' 'wasm-unsafe-eval'`;
  const policy = `default-src 'none'; img-src data:; ${scripts}; connect-src 'self' ws://${stage.server.addresses.ws}`;
  stage.site.serve("/", { headers: { "Content-Security-Policy": policy } });
  await stage.user("strict");
});
