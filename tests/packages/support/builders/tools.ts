import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { emptyFolder, fixture, folderWithPage } from "./folders.js";

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
