// The types: dist/web/*.d.ts and a copy in dist/cjs, as TypeScript takes the format from the folder. Only those that an
// entry point leads to.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { BUNDLES, root } from "./entries.mjs";
import { oldTypes } from "./old-types.mjs";

const emitted = `${root}/dist/types`;

/** Writes the declarations of all entry points. */
export function declarations() {
  execFileSync(`${root}/node_modules/.bin/tsc`, ["--project", `${root}/tsconfig.build.json`], {
    stdio: "inherit",
  });
  for (const format of ["web", "cjs"]) {
    const entries = BUNDLES.filter(({ output }) => output.startsWith(format)).map(({ input }) => input);
    for (const file of reachable(entries)) copy(file, `${root}/dist/${format}`);
    // What is published beside the bundles has its types beside them.
    for (const entry of entries.filter((input) => input.startsWith("entries/"))) {
      const name = entry.slice("entries/".length);
      writeFileSync(`${root}/dist/${format}/${name}.d.ts`, `export * from "./${entry}.js";\n`);
    }
  }
  rmSync(emitted, { recursive: true });
}

/** The declaration files that these modules lead to, relative to the source folder. */
function reachable(entries) {
  const files = new Set();
  const visit = (module) => {
    const file = `${module}.d.ts`;
    if (files.has(file)) return;
    files.add(file);
    const text = readFileSync(path(file), "utf8");
    for (const [, target] of text.matchAll(/(?:from|import) ?\(?"(\.[^"]+)\.js"/g)) {
      visit(join(dirname(module), target));
    }
  };
  for (const entry of entries) visit(entry);
  return files;
}

/** Where a declaration file is: written by tsc, or by wasm-bindgen. */
function path(file) {
  return existsSync(join(emitted, file)) ? join(emitted, file) : join(root, "src", file);
}

function copy(file, into) {
  const to = join(into, relative(".", file));
  mkdirSync(dirname(to), { recursive: true });
  writeFileSync(to, oldTypes(readFileSync(path(file), "utf8")));
}
