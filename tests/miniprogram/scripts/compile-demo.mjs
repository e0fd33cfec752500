// Makes of ../../miniprogram-demo what WeChat would get: installs the packed package as its user does, runs 构建 npm, compiles.
import { execFileSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ci from "miniprogram-ci";
import { compile, openProject } from "./compiler.mjs";

const demo = fileURLToPath(new URL("../../../miniprogram-demo", import.meta.url));

rmSync(join(demo, "node_modules"), { recursive: true, force: true });
rmSync(join(demo, "miniprogram_npm"), { recursive: true, force: true });
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--silent"], { cwd: demo, stdio: "inherit" });

const project = openProject(demo, "app");
const reports = [];
const packed = await ci.packNpm(project, { reporter: (report) => reports.push(report) });
const result = { packed, reports, ...(await compile(project, "app")) };
writeFileSync(new URL("../artifacts/compiled.json", import.meta.url), JSON.stringify(result, null, 2));
process.exit(0);
