//! The guide for mini-programs, followed as it is printed: compiled as WeChat does, its page in Chromium, against a real server.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { followGuides, steps, tree } from "../support/guide.js";
import { serveFolder } from "../support/site.js";
import { Stage } from "../support/stage.js";
import { Terminal } from "../support/terminal.js";
import { buildSite } from "./support/app/build.js";

const PACKAGE = resolve("../../js/mobileim.tgz");
/** Said in the guide to be for TypeScript. */
const FOR_TYPESCRIPT = /\.ts$/;

const run = promisify(execFile);
const stage = new Stage(followGuides);

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

  const bob = await Terminal.chat(stage.server, "bob", "alice");
  const page = await stage.browser.newPage();
  onTestFinished(() => page.close());
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") failures.push(message.text());
  });
  await page.goto(await serveFolder(folder));
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
