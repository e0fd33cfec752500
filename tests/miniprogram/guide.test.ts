//! The guide for mini-programs, followed as it is printed: compiled as WeChat does, its page in Chromium, against a real server.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { launchBrowser } from "../browser/support/browser.js";
import { Server } from "../browser/support/server.js";
import { Terminal } from "../browser/support/terminal.js";
import { steps, tree } from "../guides/support/guide.js";
import { buildSite } from "./support/app/build.js";
import { Site } from "./support/site.js";

const PACKAGE = resolve("../../js/mobileim.tgz");
/** Where the guide's mini-program looks for a server. */
const PRINTED = "localhost:3000";
/** Said in the guide to be for TypeScript. */
const FOR_TYPESCRIPT = /\.ts$/;

const run = promisify(execFile);
const server = new Server();
beforeAll(() => server.start());
afterAll(async () => void (await server.stop()));

/** Makes the guide's mini-program, and gives its folder. */
async function made(page: string, name: string): Promise<string> {
  const folder = resolve("artifacts", `${name}-source`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const step of steps(page)) {
    if ("commands" in step) {
      // Until the package is published, it is named by its path, as the guide says.
      const commands = step.commands.replace(/^npm install mobileim$/m, `npm install ${PACKAGE}`);
      expect(commands).not.toBe(step.commands);
      await run("bash", ["-ec", commands], { cwd: folder });
    } else if (!FOR_TYPESCRIPT.test(step.file)) {
      const file = join(folder, step.file);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, step.text);
    }
  }
  return folder;
}

test.each([
  ["docs/miniprogram.md", "guide"],
  ["docs/miniprogram.zh.md", "guide-zh"],
])("the mini-program of %s chats with a terminal", async (guide, name) => {
  const source = await made(guide, name);
  expect(tree(guide).filter((file) => !existsSync(join(source, file)))).toEqual([]);
  // A process of its own: miniprogram-ci leaves workers behind.
  await run(process.execPath, ["scripts/compile-folder.mjs", source, name]);
  const folder = resolve("artifacts", `${name}-site`);
  await buildSite(resolve("artifacts", name), folder);

  const site = await Site.start(folder);
  const browser = await launchBrowser({
    args: [`--host-resolver-rules=MAP ${PRINTED} ${server.addresses.ws}`],
  });
  onTestFinished(async () => {
    await browser.close();
    await site.stop();
  });
  const bob = await Terminal.chat(server, "bob", "alice");
  const page = await browser.newPage();
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.goto(site.url);
  await page.getByText("online").waitFor();
  bob.say("Hello WeChat");
  await page.getByText("Hello WeChat").waitFor();
  await page.getByRole("textbox").fill("Hello terminal");
  await page.getByRole("textbox").press("Enter");
  await bob.shows("alice: Hello terminal");
  await page.getByText("Hello terminal ✓").waitFor();
  expect(failures).toEqual([]);
  await bob.leave();
});
