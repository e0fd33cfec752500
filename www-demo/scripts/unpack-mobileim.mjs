// Puts the packed npm package, js/mobileim.tgz, where npm would put it for the package that this is run in.
//
// The page must be built from what users get, the tarball, and not from the folder beside it. A lock file records a
// tarball's hash, and this one changes with every build, so that `npm ci` would refuse it. The package has no dependencies
// of its own: unpacking is all that installing it would do. In package.json it is an optional peer, which npm leaves alone.
import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, utimesSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const tarball = fileURLToPath(new URL("../../js/mobileim.tgz", import.meta.url));
const folder = resolve("node_modules/mobileim");

const packed = statSync(tarball, { throwIfNoEntry: false });
if (!packed) throw new Error(`${tarball} is missing: run \`make js\` first`);

// The folder carries the tarball's time, to be left alone until there is another one.
const unpacked = statSync(folder, { throwIfNoEntry: false });
if (unpacked?.mtimeMs !== packed.mtimeMs) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", folder, "--strip-components=1"]);
  utimesSync(folder, packed.mtime, packed.mtime);
}
