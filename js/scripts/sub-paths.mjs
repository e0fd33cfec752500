// A folder for each sub-path of the package, with a package.json that leads to the right files: for tools that are older than
// `exports`, webpack 4 and Jest before 28 among them, and TypeScript with `moduleResolution: node`. The others never look there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { relative } from "node:path";
import { root } from "./entries.mjs";

const { exports, files, typesVersions } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
for (const [path, target] of Object.entries(exports)) {
  const name = path.slice(2);
  if (name === "" || name === "package.json") continue;
  if (!files.includes(name.split("/")[0]))
    throw new Error(`package.json does not pack the folder of ${name}`);
  const folder = `${root}/${name}`;
  mkdirSync(folder, { recursive: true });
  const from = (file) => file && relative(folder, `${root}/${file}`);
  const fields = Object.entries(leadTo(name, target)).map(([field, file]) => [field, from(file)]);
  writeFileSync(`${folder}/package.json`, `${JSON.stringify(Object.fromEntries(fields), null, 2)}\n`);
}

/** The fields of package.json for what `exports` says of a sub-path. */
function leadTo(name, target) {
  if (typeof target === "string") return { main: target };
  const module = inOldSyntax(target.import.default);
  const [types] = typesVersions["*"][name];
  return { main: target.require?.default ?? module, module, types };
}

/** The same file in the syntax of 2018, if there is one. */
function inOldSyntax(file) {
  const old = file.replace("/uni/index.js", "/web/uni.js").replace("/web/", "/es2018/");
  return existsSync(`${root}/${old}`) ? old : undefined;
}
