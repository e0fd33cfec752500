import { nodeResolve } from "@rollup/plugin-node-resolve";
// @ts-expect-error its types are not in its `exports`
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";
import { type RollupLog, rollup } from "rollup";
import { fixture, folderWithPage } from "./folders.js";

/** By Rollup, with the two plugins that one needs for packages and for files beside them. */
export async function rollupPage(): Promise<string> {
  const folder = await folderWithPage("rollup");
  const build = await rollup({
    input: fixture("page/main.js"),
    plugins: [nodeResolve({ browser: true }), importMetaAssets()],
    onLog: (_level, log: RollupLog) => {
      throw new Error(log.message);
    },
  });
  await build.write({ file: `${folder}/main.js`, format: "esm" });
  await build.close();
  return folder;
}
