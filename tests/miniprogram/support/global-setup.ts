import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildSite } from "./app/build.js";

/** Once for all tests: the demo as WeChat would get it, and the page that runs it in a browser. */
export async function setup(): Promise<void> {
  // A process of its own: miniprogram-ci leaves workers behind, and says much, which is only of use where it fails.
  execFileSync(process.execPath, [fileURLToPath(new URL("../scripts/compile-demo.mjs", import.meta.url))], {
    stdio: "pipe",
  });
  await buildSite();
}
