//! The guide for uni-app, followed as it is printed: built for H5 and for WeChat, each of which chats with a terminal.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { PRINTED, steps, tree } from "../support/guide.js";
import { UniApp } from "../support/mini-program/uni-app.js";
import { memoryShelf } from "../support/mini-program/wx/storage.js";
import { serveFolder } from "../support/site.js";
import { Terminal } from "../support/terminal.js";
import { Project } from "./support/project.js";
import { Stage } from "./support/stage.js";

const stage = new Stage();
/** uni-app is installed where its demo is. */
const MOBILEIM_PACKAGES = fileURLToPath(new URL("../../uni-demo/node_modules", import.meta.url));

/** The mini-program logs alice in, shows what bob says, and sends to him. */
async function chatsInWeChat(folder: string): Promise<void> {
  const bob = await Terminal.chat(stage.server, "bob", "alice");
  const app = new UniApp(memoryShelf(), {
    folder,
    pages: ["pages/index/index"],
    leadsTo: (address) => address.replace(PRINTED, stage.server.addresses.ws),
  });
  onTestFinished(() => app.kill());
  await app.until(({ shown }) => shown.includes('"online"'));
  bob.say("Hello uni-app");
  await app.until(({ shown }) => shown.includes("Hello uni-app"));
  app.type("input", "hi");
  app.confirm("input");
  await app.until(({ shown }) => shown.includes("hi ✓"));
  await bob.shows("alice: hi");
  await bob.leave();
}

/** Two builds, for which uni-app takes its time, in ms. */
const PATIENCE = { timeout: 300_000 };

test.each(["docs/uni-app.md", "docs/uni-app.zh.md"])(
  "the app of %s chats, in H5 and in WeChat",
  PATIENCE,
  async (page) => {
    const project = await Project.empty("uni-app", { MOBILEIM_PACKAGES });
    await project.follow(steps(page));
    expect(tree(page).filter((file) => !existsSync(`${project.folder}/${file}`))).toEqual([]);
    await stage.chats(await serveFolder(`${project.folder}/dist/build/h5`));
    await chatsInWeChat(`${project.folder}/dist/build/mp-weixin/`);
  },
);
