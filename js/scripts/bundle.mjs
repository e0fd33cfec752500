// The entry points as single files: dist/web, dist/cjs, dist/cdn.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { rolldown } from "rolldown";
import { takenFrom } from "./beside.mjs";
import { BUNDLES, root, WASM } from "./entries.mjs";
import { oldMinify, oldSyntax, privateNames } from "./old-syntax.mjs";

const coders = `${root}/src/platform/text-coders.ts`;
/** What the engine's glue takes from its host, where there is such a thing. */
const inject = { TextDecoder: [coders, "Decoder"], TextEncoder: [coders, "Encoder"] };

/** A class field that the constructor sets need not be there before, as it is not in the old syntax. */
const newSyntax = { target: "es2022", typescript: { removeClassFieldsWithoutInitializer: true } };

/** Writes all bundles, and the files beside them. */
export async function bundle() {
  for (const bundle of BUNDLES) {
    const { input, output, format, name, banner, minify, external, platform, old, beside, exports } = bundle;
    const build = await rolldown({
      input: `${root}/src/${input}.ts`,
      external,
      platform,
      plugins: [beside && takenFrom(beside), old && privateNames(minify)],
      tsconfig: oldSyntax.tsconfig,
      transform: { ...(old ? oldSyntax.transform : newSyntax), inject },
      treeshake: { moduleSideEffects: false },
    });
    const { output: chunks } = await build.write({
      file: `${root}/dist/${output}`,
      format,
      name,
      banner,
      exports: exports ?? "named",
      // A map of what is generated would be larger than the file.
      sourcemap: output.startsWith("web/") && input !== "entries/wasm2js",
      minify: minify ? (old ? oldMinify : true) : false,
      comments: { legal: false },
    });
    await build.close();
    if (chunks[0].map) leaveEngineOut(`${root}/dist/${output}.map`);
  }
  cpSync(`${root}/src/${WASM}`, `${root}/dist/web/${WASM}`);
  writeFileSync(`${root}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
}

/** The text that the engine is inlined as is in the bundle already, and nobody reads it. */
function leaveEngineOut(file) {
  const map = JSON.parse(readFileSync(file, "utf8"));
  map.sourcesContent = map.sources.map((source, index) =>
    source.endsWith("/engine/inlined.js") ? null : map.sourcesContent[index],
  );
  writeFileSync(file, JSON.stringify(map));
}
