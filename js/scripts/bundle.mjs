// The entry points as single files: dist/web, dist/cjs, dist/cdn.
import { cpSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";
import { takenFrom } from "./beside.mjs";
import { BUNDLES, root, WASM } from "./entries.mjs";

/** Writes all bundles, and the files beside them. */
export async function bundle() {
  for (const bundle of BUNDLES) {
    const { input, output, format, name, banner, minify, external, platform, target, beside, exports } =
      bundle;
    const build = await rolldown({
      input: `${root}/src/${input}.ts`,
      external,
      platform,
      plugins: beside ? [takenFrom(beside)] : [],
      transform: { target: target ?? "es2022" },
      treeshake: { moduleSideEffects: false },
    });
    await build.write({
      file: `${root}/dist/${output}`,
      format,
      name,
      banner,
      exports: exports ?? "named",
      // A map of what is generated or inlined would be larger than the file.
      sourcemap: output.startsWith("web/") && input !== "wasm2js",
      minify: minify ?? false,
      comments: { legal: false },
    });
    await build.close();
  }
  cpSync(`${root}/src/${WASM}`, `${root}/dist/web/${WASM}`);
  writeFileSync(`${root}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
}
