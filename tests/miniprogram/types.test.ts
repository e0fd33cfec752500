//! The package's types as a mini-program's developer has them: Tencent's declarations, ES2020, no DOM, no Node.
import { execFile } from "node:child_process";
import { mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { steps } from "../support/guide.js";

const root = resolve(".");
const folder = join(root, "artifacts/types");
const PACKAGE = join(root, "../../miniprogram-demo/node_modules/mobileim");

/** What the compiler has to say about a program that has the package in its `node_modules`. */
async function compile(program: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, "node_modules"), { recursive: true });
  await symlink(PACKAGE, join(folder, "node_modules/mobileim"));
  const config = {
    compilerOptions: {
      // As in the template of WeChat's developer tools, which have a TypeScript that looks for packages in the way of
      // Node.js 10.
      strict: true,
      target: "ES2020",
      module: "CommonJS",
      moduleResolution: "node",
      lib: ["ES2020"],
      types: [join(root, "node_modules/miniprogram-api-typings")],
      // The package's declarations are checked too.
      skipLibCheck: false,
      exactOptionalPropertyTypes: true,
      noEmit: true,
    },
    files: ["app.ts"],
  };
  await writeFile(join(folder, "tsconfig.json"), JSON.stringify(config));
  await writeFile(join(folder, "app.ts"), program);
  const failed = (error: { stdout?: string }) => ({ stdout: error.stdout ?? String(error) });
  const tsc = "node_modules/typescript-5/bin/tsc";
  return (await promisify(execFile)(process.execPath, [tsc, "-p", folder]).catch(failed)).stdout;
}

const APP = `
import { createClient, SendError, type Client, type ClientOptions, type MessageStore } from "mobileim/miniprogram";
const options: ClientOptions = { url: "wss://im.example.com/websocket", wasm: "/wasm/mobileim.wasm" };
App({
  async onLaunch() {
    const im: Client = await createClient({ ...options, getToken: (userId) => userId });
    const stop: () => void = im.on("message", ({ from, text }) => wx.showToast({ title: from + text }));
    im.on("kicked", ({ code }) => wx.showModal({ content: String(code.toFixed()) }));
    await im.login({ userId: "alice" });
    try {
      const fp: string = (await im.send("bob", "hi", { typeu: 1 })).fp;
    } catch (error) {
      if (error instanceof SendError && error.retry) stop();
    }
  },
});
`;

test("a mini-program in strict TypeScript compiles against the package", async () => {
  expect(await compile(APP)).toBe("");
});

test("a mini-program in strict TypeScript compiles against the drop-in", async () => {
  const app = `
import { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBSenseMode, type WireMessage } from "mobileim/imsdk/miniprogram";
MBKeepAliveDaemon.setSenseMode(MBSenseMode.MODE_5S);
IMSDK.clientOptions = { wasm: "/wasm/mobileim.wasm" };
IMSDK.callback_onIMData = function (p: WireMessage) {
  wx.showToast({ title: p.from + String(p.dataContent) + String(this.isOnline()) });
};
IMSDK.callback_onMessagesLost = (list) => wx.showModal({ content: list.map(({ fp }) => fp).join() });
IMSDK.loginImpl({ loginUserId: "alice", loginToken: "t", extra: "{}" }, "wss://im.example.com/websocket", false);
IMSDK.sendData(Object.assign(MBProtocalFactory.createCommonDataSimple("hi", "alice", "bob", -1), { isme: true }));
`;
  expect(await compile(app)).toBe("");
  expect(await compile(app.replace("MODE_5S", "MODE_4S"))).toContain("MODE_4S");
});

test.each([
  ["an address of no text", 'url: "wss://im.example.com/websocket"', "url: 5"],
  ["an engine that is not a path", 'wasm: "/wasm/mobileim.wasm"', "wasm: new ArrayBuffer(8)"],
  ["an event that there is not", '"message"', '"massage"'],
])("%s does not", async (_, right, wrong) => {
  expect(await compile(APP.replace(right, wrong))).toMatch(/^\S*app\.ts\(\d+,\d+\): error TS\d+/);
});

test.each(["docs/miniprogram.md", "docs/miniprogram.zh.md"])(
  "what %s has in TypeScript compiles",
  async (page) => {
    const files = steps(page).flatMap((step) => ("file" in step && step.file.endsWith(".ts") ? [step] : []));
    expect(files).toHaveLength(1);
    for (const { text } of files) expect(await compile(text)).toBe("");
  },
);

test("what the package takes of wx is what Tencent declares", async () => {
  const host = join(root, "../../js/src/miniprogram/wx");
  const program = `
import type { MiniProgramHost, MiniProgramWebAssembly } from ${JSON.stringify(host)};
const host: MiniProgramHost = wx;
const engine: MiniProgramWebAssembly = WXWebAssembly;
`;
  expect(await compile(program)).toBe("");
});
