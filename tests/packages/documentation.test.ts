//! The examples of the guides compile against the packed package.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { emptyFolder } from "./support/builders/folders.js";

const GUIDES = [
  "bundlers",
  "bundlers.zh",
  "client",
  "client.zh",
  "h5",
  "h5.zh",
  "react",
  "react.zh",
  "vue",
  "vue.zh",
];
const ROOT = new URL("../../", import.meta.url);

/** What TypeScript does not know of files that bundlers make something of. */
const AMBIENT = `
declare module "mobileim/mobileim.wasm" { const address: string; export default address }
declare module "*.vue" { const component: import("vue").Component; export default component }
`;

/** The scripts of a guide, by the ending that TypeScript wants. */
async function examples(guide: string): Promise<{ code: string; end: string }[]> {
  const text = await readFile(new URL(`docs/${guide}.md`, ROOT), "utf8");
  const found = [...text.matchAll(/```(tsx?|vue)\n(.*?)```/gs)].map(([, language = "", block = ""]) =>
    language === "vue"
      ? { code: /<script setup lang="ts">\n(.*?)<\/script>/s.exec(block)?.[1] ?? "", end: "vue.ts" }
      : { code: block, end: language },
  );
  expect(found).not.toEqual([]);
  return found;
}

/** What the compiler has to say about programs, each a module. */
async function compile(name: string, programs: { code: string; end: string }[]): Promise<string> {
  const folder = await emptyFolder(`documentation-${name}`);
  const files = programs.map(({ end }, index) => `example-${index}.${end}`);
  const compilerOptions = {
    strict: true,
    target: "ES2022",
    module: "ESNext",
    moduleResolution: "Bundler",
    jsx: "react-jsx",
    lib: ["ES2023", "DOM"],
    types: [],
    skipLibCheck: true,
    noEmit: true,
  };
  await writeFile(
    `${folder}/tsconfig.json`,
    JSON.stringify({ compilerOptions, files: [...files, "ambient.d.ts"] }),
  );
  await writeFile(`${folder}/ambient.d.ts`, AMBIENT);
  for (const [index, { code }] of programs.entries()) {
    await writeFile(`${folder}/${files[index]}`, `${code}\nexport {};\n`);
  }
  const tsc = new URL("node_modules/.bin/tsc", import.meta.url).pathname;
  const compiled = promisify(execFile)(tsc, ["-p", folder]);
  return compiled.then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test.each(GUIDES)("the examples of docs/%s.md compile", async (guide) => {
  // `defineProps` is a word of Vue's compiler.
  const macro = "declare function defineProps<T>(): T;\n";
  const programs = (await examples(guide)).map(({ code, end }) => ({
    code: end === "vue.ts" ? macro + code : code,
    end,
  }));
  expect(await compile(guide, programs)).toBe("");
});

test("an example with a mistake would not compile", async () => {
  const code = "import { useMessages } from 'mobileim/vue'\nuseMessages({ form: 'bob' })\n";
  expect(await compile("mistake", [{ code, end: "ts" }])).toContain("form");
});
