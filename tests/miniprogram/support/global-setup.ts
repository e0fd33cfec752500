import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { buildSite } from "./app/build.js";

/** Once for all tests: the demos as WeChat would get them, and the page that runs the native one in a browser. */
export async function setup(): Promise<void> {
  for (const script of ["compile-demo.mjs", "compile-uni-demo.mjs"]) {
    // A process of its own: miniprogram-ci leaves workers behind, and says much, which is only of use where it fails.
    execFileSync(process.execPath, [fileURLToPath(new URL(`../scripts/${script}`, import.meta.url))], {
      stdio: "pipe",
    });
  }
  await buildSite();
}
