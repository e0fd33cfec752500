// The entry points of the npm package, by its own `exports`.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** Where the sources of what is built are: of a file, or of a folder. */
const SOURCES = [
  ["./dist/miniprogram/imsdk.d.ts", "js/src/imsdk/miniprogram.ts"],
  ["./dist/web/", "js/src/entries/"],
  ["./dist/web/", "js/src/"],
  ["./dist/cjs/", "js/src/entries/"],
  ["./dist/cjs/", "js/src/"],
  ["./dist/miniprogram/", "js/src/miniprogram/"],
  ["./miniprogram_dist/", "js/src/miniprogram/"],
];

/**
 * @typedef {object} Entry
 * @property {string} name what an application imports, such as `mobileim/node`
 * @property {string} source its source file, from the repository's root
 */

/**
 * The entries that have types of their own. One that differs with its conditions is what pages get.
 *
 * @returns {Promise<Entry[]>}
 */
export async function entries() {
  const { exports } = JSON.parse(await readFile(`${root}js/package.json`, "utf8"));
  const found = [];
  for (const [path, conditions] of Object.entries(exports)) {
    const types = typesOf(conditions);
    if (types === undefined) continue;
    const source = sourceOf(types);
    if (found.every((entry) => entry.source !== source))
      found.push({ name: path.replace(/^\./, "mobileim"), source });
  }
  return found;
}

/** The declarations that pages get, or whoever has no conditions. */
function typesOf(conditions) {
  if (typeof conditions === "string") return undefined;
  const { node: _, types, ...others } = conditions;
  return (
    types ??
    Object.values(others)
      .map(typesOf)
      .find((file) => file !== undefined)
  );
}

function sourceOf(types) {
  for (const [built, source] of SOURCES) {
    const file = types.replace(built, source).replace(/\.d\.(c|m)?ts$/, ".ts");
    if (types.startsWith(built) && existsSync(root + file)) return file;
  }
  throw new Error(`${types} of js/package.json: no source of it is known to docs/tools/scripts/entries.mjs`);
}
