// Makes of the uni-app demo, built for WeChat, what WeChat would get.
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { compile, openProject } from "./compiler.mjs";

const build = fileURLToPath(new URL("../../../uni-demo/dist/build/mp-weixin", import.meta.url));
const result = await compile(openProject(build, "uni"), "uni");
writeFileSync(new URL("../artifacts/uni.json", import.meta.url), JSON.stringify(result, null, 2));
process.exit(0);
