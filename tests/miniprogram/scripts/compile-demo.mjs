// Makes of ../../miniprogram-demo what WeChat would get: installs the packed package as its user does, runs 构建 npm, compiles.
// Tencent's own program does it, with an app id and a key that are made up.
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import dns from "node:dns";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ci from "miniprogram-ci";

const here = fileURLToPath(new URL("..", import.meta.url));
const demo = fileURLToPath(new URL("../../../miniprogram-demo", import.meta.url));
const out = join(here, "artifacts/app");

// It would ask WeChat's servers which kinds of files are allowed, and takes a list of its own where they do not answer. They are
// not asked, so that every run is the same.
const { lookup } = dns;
dns.lookup = (host, ...rest) => {
  if (!host.endsWith("servicewechat.com")) return lookup(host, ...rest);
  const unknown = Object.assign(new Error(`${host} is not asked in tests`), { code: "ENOTFOUND" });
  return process.nextTick(rest[rest.length - 1], unknown);
};

rmSync(join(demo, "node_modules"), { recursive: true, force: true });
rmSync(join(demo, "miniprogram_npm"), { recursive: true, force: true });
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
execFileSync("npm", ["install", "--no-audit", "--no-fund", "--silent"], { cwd: demo, stdio: "inherit" });

const encoding = { type: "pkcs1", format: "pem" };
const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  privateKeyEncoding: encoding,
  publicKeyEncoding: encoding,
});
const keyFile = join(here, "artifacts/key.pem");
writeFileSync(keyFile, privateKey, { mode: 0o600 });

const project = new ci.Project({
  appid: "wx0123456789abcdef",
  type: "miniProgram",
  projectPath: demo,
  privateKeyPath: keyFile,
  ignores: ["node_modules/**/*"],
});
const reports = [];
const packed = await ci.packNpm(project, { reporter: (report) => reports.push(report) });

// WeChat's servers are asked for the limits of the app; these are what they say.
project.attr = async () => ({
  platform: false,
  appType: 0,
  isSandbox: false,
  released: false,
  setting: { MaxCodeSize: 2, MaxSubpackageSubCodeSize: 2, MaxSubpackageFullCodeSize: 30 },
});
const setting = { es6: true, es7: true, minify: true };
const zip = join(here, "artifacts/app.zip");
const files = await ci.getCompiledResult(
  { project, version: "0.1.0", desc: "test", setting, onProgressUpdate: () => {} },
  zip,
);
for (const [name, content] of Object.entries(files)) {
  mkdirSync(dirname(join(out, name)), { recursive: true });
  writeFileSync(join(out, name), content);
}
const result = { packed, reports, files: Object.keys(files).sort(), zipBytes: statSync(zip).size };
writeFileSync(join(here, "artifacts/compiled.json"), JSON.stringify(result, null, 2));
process.exit(0);
