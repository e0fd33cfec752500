//! The H5 examples of the READMEs, as they are printed there, in a page of their own.
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";

import { Stage } from "./support/stage.js";
import { Terminal } from "./support/terminal.js";

const PACKAGE = new URL("../../js/dist/web/", import.meta.url);
const stage = new Stage();
const { server } = stage;

/** The first example in HTML, for this server, with the import map that a bundler stands for. */
async function example(readme: string): Promise<string> {
  const text = await readFile(new URL(`../../${readme}`, import.meta.url), "utf8");
  const html = /```html\n(.*?)```/s.exec(text)?.[1];
  if (html === undefined) throw new Error(`${readme} has no example in HTML`);
  const imports = JSON.stringify({ imports: { mobileim: "/mobileim/index.js" } });
  return html
    .replace(
      "<!doctype html>",
      `<!doctype html><meta charset="utf-8"><script type="importmap">${imports}</script>`,
    )
    .replace("ws://localhost:3000/", `ws://${server.addresses.ws}/`);
}

/** Serves the example and the package's files, and gives the example's address. */
async function serve(html: string): Promise<string> {
  const site = createServer(async (request, response) => {
    const path = request.url?.startsWith("/mobileim/") ? request.url.slice("/mobileim/".length) : undefined;
    const type = path?.endsWith(".wasm") ? "application/wasm" : path ? "text/javascript" : "text/html";
    response.setHeader("Content-Type", type).end(path ? await readFile(new URL(path, PACKAGE)) : html);
  });
  onTestFinished(() => void site.close());
  await once(site.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
}

test.each(["README.md", "README.zh.md"])("the example of %s chats with a terminal", async (readme) => {
  const page = await stage.browser.newPage();
  const failures: Error[] = [];
  page.on("pageerror", (error) => failures.push(error));
  const bob = await Terminal.chat(server, "bob", "alice");
  await page.goto(await serve(await example(readme)));
  await page.waitForFunction(() => document.title === "online");

  bob.say("Hello page");
  await page.getByText("bob: Hello page").waitFor();
  await page.locator("input").fill("Hello terminal");
  await page.locator("input").press("Enter");
  await bob.shows("alice: Hello terminal");
  await page.getByText("Hello terminal ✓").waitFor();
  expect(failures).toEqual([]);
  await page.close();
  await bob.leave();
});
