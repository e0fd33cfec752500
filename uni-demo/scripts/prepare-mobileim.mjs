// Puts the packed npm package, ../js/mobileim.tgz, where npm would put it, and the engine where mini-programs load it from.
//
// Unpacked and not installed, as a lock file would record the tarball's hash, which changes with every build.
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const tarball = `${root}../js/mobileim.tgz`;
const folder = `${root}node_modules/mobileim`;

if (!existsSync(tarball)) throw new Error(`${tarball} is missing: run \`make js\` first`);
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
// A mini-program loads files of its own only. What is in this folder goes into the build for WeChat alone.
cpSync(`${folder}/miniprogram_dist/mobileim.wasm`, `${root}src/static/mp-weixin/mobileim.wasm`);
