import { nodeResolve } from "@rollup/plugin-node-resolve";
// @ts-expect-error its types are not in its `exports`
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";
import { type Plugin, type RollupLog, rollup } from "rollup";
import { fixture, folderWithPage } from "./folders.js";

/** By Rollup, with the plugin that one needs for packages. */
export async function rollupPage(): Promise<string> {
  return bundle("main.js", "rollup", []);
}

/** The slim entry by Rollup, with the plugin for files beside scripts. */
export async function rollupSlimPage(): Promise<string> {
  return bundle("main-slim.js", "rollup-slim", [importMetaAssets()]);
}

async function bundle(entry: string, name: string, plugins: Plugin[]): Promise<string> {
  const folder = await folderWithPage(name);
  const build = await rollup({
    input: fixture(`page/${entry}`),
    plugins: [nodeResolve({ browser: true }), ...plugins],
    onLog: (_level, log: RollupLog) => {
      throw new Error(log.message);
    },
  });
  await build.write({ file: `${folder}/main.js`, format: "esm" });
  await build.close();
  return folder;
}
