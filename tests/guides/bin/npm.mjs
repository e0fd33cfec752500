// npm and npx for the commands that a guide prints. What they would fetch is here already, in pinned versions: `create` and
// `npx NAME@latest` run it, `install` links it. Everything else is npm's own to do.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import semver from "semver";

const bin = dirname(fileURLToPath(import.meta.url));
/** Where packages are: the tests' own, then those of other folders, which the tests name. */
const roots = [join(bin, "../node_modules"), ...(process.env.MOBILEIM_PACKAGES ?? "").split(delimiter)];
/** For a package that is there in several versions: `vite=vite-4`. */
const chosen = Object.fromEntries([(process.env.MOBILEIM_VERSION ?? "").split("=")]);

const [program, ...args] = process.argv.slice(2);
const [command, ...rest] = args;
if (program === "npm" && command === "create") run(`create-${unversioned(rest[0])}`, rest.slice(1));
else if (program === "npm" && command === "install") install(rest);
else if (program === "npx" && command.endsWith("@latest")) run(unversioned(command), rest);
else pass();

function unversioned(name) {
  return name.replace(/(?<!^)@.*/, "");
}

function run(name, options) {
  const script = executables(name).find(([called]) => called === name)?.[1];
  const own = options.filter((option) => option !== "--");
  execFileSync(process.execPath, [script, ...own], { stdio: ["ignore", "inherit", "inherit"] });
}

function install(named) {
  const options = named.filter((name) => name.startsWith("-"));
  const names = named.filter((name) => !name.startsWith("-"));
  const description = existsSync("package.json") ? JSON.parse(readFileSync("package.json", "utf8")) : {};
  const kind = options.includes("-D") ? "devDependencies" : "dependencies";
  for (const name of names) {
    description[kind] = { ...description[kind], [name]: `^${describe(name).version}` };
  }
  writeFileSync("package.json", JSON.stringify(description, null, 2));
  mkdirSync("node_modules/.bin", { recursive: true });
  for (const [name, range] of Object.entries({
    ...description.dependencies,
    ...description.devDependencies,
  })) {
    link(name, range);
  }
  const { postinstall } = description.scripts ?? {};
  if (postinstall) execFileSync("bash", ["-c", postinstall], { stdio: "inherit" });
}

/** Puts a package where npm would put it, in a version that the project wants, or a later one that would do as well. */
function link(name, range) {
  const folder = candidates(name).find((one) => accepts(range, describe(name, one).version));
  if (folder === undefined) throw new Error(`no ${name} of the tests is ${range}`);
  const at = join("node_modules", name);
  rmSync(at, { recursive: true, force: true });
  mkdirSync(dirname(at), { recursive: true });
  symlinkSync(folder, at);
  for (const [called, script] of executables(name, folder)) {
    rmSync(join("node_modules/.bin", called), { force: true });
    symlinkSync(script, join("node_modules/.bin", called));
  }
}

function accepts(range, version) {
  const least = semver.minVersion(range);
  return semver.satisfies(version, range) || semver.satisfies(version, `^${least}`);
}

/** A package's folders, the chosen version first. */
function candidates(name) {
  const aliases = [chosen[name] ?? name, name, `${name}-7`];
  return roots
    .flatMap((root) => aliases.map((alias) => join(root, alias)))
    .filter((folder) => existsSync(join(folder, "package.json")));
}

function describe(name, folder = candidates(name)[0]) {
  if (folder === undefined) throw new Error(`the tests have no ${name}`);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
}

function executables(name, folder = candidates(name)[0]) {
  const { bin: scripts = {} } = describe(name, folder);
  const named = typeof scripts === "string" ? { [name]: scripts } : scripts;
  return Object.entries(named).map(([called, script]) => [called, join(folder, script)]);
}

function pass() {
  const PATH = process.env.PATH.split(delimiter)
    .filter((one) => one !== bin)
    .join(delimiter);
  try {
    execFileSync(program, args, { stdio: "inherit", env: { ...process.env, PATH } });
  } catch ({ status }) {
    process.exit(status ?? 1);
  }
}
