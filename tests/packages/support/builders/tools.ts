import { execFile } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { emptyFolder, fixture, folderWithPage, PACKAGE } from "./folders.js";

const run = promisify(execFile);

/** A project of a tool's, with the tool's own packages. */
const tool = (name: string) => fileURLToPath(new URL(`../../tools/${name}/`, import.meta.url));

/** webpack 4 hashes with MD4, which Node.js since 17 has only for those who ask. */
const WITH_MD4 = "--openssl-legacy-provider";

/** What a tool needs of the machine, and nothing of the one that runs the tests. */
const environment = (more: NodeJS.ProcessEnv = {}) => ({ ...process.env, NODE_ENV: "", ...more });

/** By webpack 4, with no settings but a loader for the engine's file; the folder. */
export async function webpack4Page(entry: string): Promise<string> {
  const folder = await folderWithPage(`webpack-4-${entry}`);
  await run(process.execPath, [WITH_MD4, "webpack.js", fixture(`webpack-4/${entry}.js`), folder], {
    cwd: tool("vue-cli-4"),
    env: environment(),
  });
  return folder;
}

/** A project of Vue CLI 4, built as in production; the folder. */
export async function vueCli4Page(): Promise<string> {
  const folder = await emptyFolder("vue-cli-4");
  await run("npm", ["run", "build", "--", "--dest", folder], {
    cwd: tool("vue-cli-4"),
    env: environment({ NODE_OPTIONS: WITH_MD4 }),
  });
  return folder;
}

/** A project of uni-app with Vue 2, built as in production; the folder. */
export async function uniAppVue2(platform: "h5" | "mp-weixin"): Promise<string> {
  const project = tool("uni-app-vue-2");
  const folder = await emptyFolder(`uni-app-vue-2-${platform}`);
  // As the guide has it: where uni-app takes it into the build for WeChat.
  await cp(`${PACKAGE}/miniprogram_dist/mobileim.wasm`, `${project}src/static/mp-weixin/mobileim.wasm`);
  await run("npm", ["run", `build:${platform}`], {
    cwd: project,
    // HBuilderX says where the project is; run by itself, this version looks there before it knows.
    env: environment({ NODE_OPTIONS: WITH_MD4, UNI_CLI_CONTEXT: project, UNI_OUTPUT_DIR: folder }),
  });
  return folder;
}

/** A project of Taro 3 with React, built as in production; the folder. */
export async function taro3(platform: "h5" | "weapp"): Promise<string> {
  const project = tool("taro-3");
  await rm(`${project}dist`, { recursive: true, force: true });
  await run("npm", ["run", `build:${platform}`], { cwd: project, env: environment() });
  return `${project}dist`;
}

/** Runs the project's tests with Jest; what it says. */
export async function jest(version: string, environmentVariables: NodeJS.ProcessEnv): Promise<string> {
  const { stderr } = await run(
    process.execPath,
    [`node_modules/${version}/bin/jest.js`, "--ci", `--config=${version}.config.js`],
    {
      cwd: tool("jest"),
      env: environment(environmentVariables),
    },
  );
  return stderr;
}
