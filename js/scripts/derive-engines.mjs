// The engine in the forms that some entry points need it in: as text, and as JavaScript.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { root } from "./entries.mjs";
import { encodeInlined } from "./inline-wasm.mjs";

/** Writes inlined.js and wasm2js.js, with types, into the folder of mobileim_bg.wasm. */
export function deriveEngines(folder) {
  writeInlined(folder);
  writeWasm2js(folder);
  watchBuffer(`${folder}/mobileim_bg.js`);
  passTextsQuickly(`${folder}/mobileim_bg.js`);
  dropUnneeded(`${folder}/mobileim_bg.js`);
  dropDispose(`${folder}/mobileim_bg`);
  dropFinalization(`${folder}/mobileim_bg.js`);
}

function writeInlined(folder) {
  const bytes = readFileSync(`${folder}/mobileim_bg.wasm`);
  const text = JSON.stringify(encodeInlined(bytes));
  writeFileSync(
    `${folder}/inlined.js`,
    `export const length = ${bytes.length};\nexport const text = ${text};\n`,
  );
  writeFileSync(
    `${folder}/inlined.d.ts`,
    "export declare const length: number;\nexport declare const text: string;\n",
  );
}

/**
 * The engine as JavaScript, by binaryen's wasm2js. What that writes is instantiated at once, with glue of its own; here
 * it exports the function to instantiate it by.
 */
function writeWasm2js(folder) {
  const file = `${folder}/wasm2js.js`;
  const flags = ["-O", "--pedantic", `${folder}/mobileim_bg.wasm`, "-o", file];
  execFileSync(`${root}/node_modules/.bin/wasm2js`, flags, { stdio: "inherit" });
  const parts = /^import \* as \S+ from 'js';\n(.*)\nvar retasmFunc = asmFunc\(.*export var memory/s.exec(
    readFileSync(file, "utf8"),
  );
  if (parts === null) throw new Error("wasm2js writes its module in another way now");
  writeFileSync(file, `${parts[1]}\nexport { asmFunc };\n`);
  writeFileSync(
    `${folder}/wasm2js.d.ts`,
    "export declare function asmFunc(imports: object): Readonly<Record<string, unknown>>;\n",
  );
}

/**
 * The glue takes a view of the memory for stale when its buffer is detached. That of wasm2js is replaced when memory
 * grows, but not detached. Comparing the buffers is right for both, and shorter.
 */
function watchBuffer(glue) {
  const text = readFileSync(glue, "utf8").replace(
    /if \((cached\w+Memory0) === null \|\| .*\) \{$/gm,
    "if ($1 === null || $1.buffer !== wasm.memory.buffer) {",
  );
  const views = new Set(text.match(/cached\w+Memory0/g));
  if (text.split("Memory0.buffer !== wasm.memory.buffer)").length !== views.size + 1) {
    throw new Error("the glue looks at the memory's buffer in another way now");
  }
  writeFileSync(glue, text);
}

/**
 * A call of `TextDecoder` or `TextEncoder` takes as long as a few hundred characters of ASCII do one by one, and leaves more
 * for the garbage collection. The glue decodes all texts, and walks through all ASCII, short or long: most texts that cross are
 * fingerprints, user ids and short bodies, and those that were joined in one frame are long.
 */
function passTextsQuickly(glue) {
  const changes = [
    [
      "    return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));\n",
      `    const mem = getUint8ArrayMemory0();
    if (len < 257) {
        const codes = new Array(len);
        let at = 0;
        for (; at < len && mem[ptr + at] < 128; at++) codes[at] = mem[ptr + at];
        if (at === len) return String.fromCharCode.apply(null, codes);
    }
    return decodeText(mem.subarray(ptr, ptr + len));
`,
    ],
    ["for (; offset < len; offset++) {", "for (; len < 300 && offset < len; offset++) {"],
  ];
  let text = readFileSync(glue, "utf8");
  for (const [before, after] of changes) {
    // Already there where the engine was kept.
    if (text.includes(after)) continue;
    if (!text.includes(before)) throw new Error("the glue passes texts in another way now");
    text = text.replace(before, after);
  }
  writeFileSync(glue, text);
}

/**
 * Nobody passes texts to an engine that cannot move them in its memory; and what `login` and `send` take is checked to be
 * texts before, so that nothing is thrown between their arguments which would have to be cleaned up.
 */
function dropUnneeded(glue) {
  const text = readFileSync(glue, "utf8")
    .replace(/^ {4}if \(realloc === undefined\) \{$.*?^ {4}\}$\n/ms, "")
    .replace(/^ {8}try \{$((?:(?!^ {8}\}).)*?)^ {8}\} catch \(e\) \{$.*?throw e;$\n^ {8}\}$\n/gms, "$1");
  if (/realloc === undefined|catch/.test(text)) throw new Error("the glue cleans up in another way now");
  writeFileSync(glue, text);
}

/** `Symbol.dispose` is in no program's types that aims at ES2022, and nobody disposes of an engine by it. */
function dropDispose(glue) {
  const types = readFileSync(`${glue}.d.ts`, "utf8").replace(/^ *\[Symbol\.dispose\]\(\): void;\n/m, "");
  writeFileSync(`${glue}.d.ts`, types);
  const code = readFileSync(`${glue}.js`, "utf8").replace(/^if \(Symbol\.dispose\) .*\n/m, "");
  writeFileSync(`${glue}.js`, code);
  if (`${types}${code}`.includes("dispose"))
    throw new Error("the glue names Symbol.dispose in another way now");
}

/** An engine that was not freed is never collected: the glue holds its host, which holds the engine. */
function dropFinalization(glue) {
  const text = readFileSync(glue, "utf8")
    .replace(/^ *WasmClientFinalization\.(?:un)?register\(.*\);\n/gm, "")
    .replace(/^const WasmClientFinalization = .*?;\n/ms, "");
  if (text.includes("Finalization"))
    throw new Error("the glue looks after what is collected in another way now");
  writeFileSync(glue, text);
}
