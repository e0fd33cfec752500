// Tencent's own compiler, with an app id and a key that are made up.
import { generateKeyPairSync } from "node:crypto";
import dns from "node:dns";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import ci from "miniprogram-ci";

const artifacts = fileURLToPath(new URL("../artifacts/", import.meta.url));

// It would ask WeChat's servers which kinds of files are allowed, and takes a list of its own where they do not answer. They are
// not asked, so that every run is the same.
const { lookup } = dns;
dns.lookup = (host, ...rest) => {
  if (!host.endsWith("servicewechat.com")) return lookup(host, ...rest);
  const unknown = Object.assign(new Error(`${host} is not asked in tests`), { code: "ENOTFOUND" });
  return process.nextTick(rest[rest.length - 1], unknown);
};

/** A mini-program's folder, for the compiler. */
export function openProject(projectPath, name) {
  const encoding = { type: "pkcs1", format: "pem" };
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: encoding,
    publicKeyEncoding: encoding,
  });
  const privateKeyPath = join(artifacts, `${name}-key.pem`);
  mkdirSync(artifacts, { recursive: true });
  writeFileSync(privateKeyPath, privateKey, { mode: 0o600 });
  const project = new ci.Project({
    appid: "wx0123456789abcdef",
    type: "miniProgram",
    projectPath,
    privateKeyPath,
    ignores: ["node_modules/**/*"],
  });
  // WeChat's servers are asked for the limits of the app; these are what they say.
  project.attr = async () => ({
    platform: false,
    appType: 0,
    isSandbox: false,
    released: false,
    setting: { MaxCodeSize: 2, MaxSubpackageSubCodeSize: 2, MaxSubpackageFullCodeSize: 30 },
  });
  return project;
}

/** Compiles it into artifacts/NAME, and gives the names of its files and what the upload would weigh. */
export async function compile(project, name) {
  const out = join(artifacts, name);
  rmSync(out, { recursive: true, force: true });
  const setting = { es6: true, es7: true, minify: true };
  const zip = `${out}.zip`;
  const compiled = await ci.getCompiledResult(
    { project, version: "0.1.0", desc: "test", setting, onProgressUpdate: () => {} },
    zip,
  );
  for (const [file, content] of Object.entries(compiled)) {
    mkdirSync(dirname(join(out, file)), { recursive: true });
    writeFileSync(join(out, file), content);
  }
  return { files: Object.keys(compiled).sort(), zipBytes: statSync(zip).size };
}
