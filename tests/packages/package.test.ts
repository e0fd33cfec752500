//! What is in the tarball: its description, its types, its syntax.
import { execFile } from "node:child_process";
import { access, readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { parse } from "acorn";
import { publint } from "publint";
import { expect, test } from "vitest";
import { fixture, PACKAGE } from "./support/builders/folders.js";

const TARBALL = new URL("../../js/mobileim.tgz", import.meta.url);

/** The package's files whose names end so. */
async function files(end: string, folder = "dist"): Promise<string[]> {
  const all = await readdir(`${PACKAGE}/${folder}`, { recursive: true });
  const found = all.filter((file) => file.endsWith(end)).map((file) => `${PACKAGE}/${folder}/${file}`);
  expect(found).not.toEqual([]);
  return found;
}

test("publint finds nothing to say about the package", async () => {
  expect((await publint({ pkgDir: PACKAGE, strict: true })).messages).toEqual([]);
});

test("all entry points have the right types in each way to resolve them", async () => {
  const checked = await checkPackage(createPackageFromTarballData(await readFile(TARBALL)));
  if (!checked.types) throw new Error("the package has no types");
  const problems = checked.problems.filter((problem) => {
    if (!("resolutionKind" in problem)) return true;
    const { entrypoint, resolutionKind } = problem;
    // A .wasm file has no types, as each bundler makes something else of it; and what is beside a script is found by
    // `import.meta`, which is not in CommonJS.
    if (resolutionKind === "node16-cjs" && entrypoint === "./slim") return false;
    return entrypoint !== "./mobileim.wasm";
  });
  expect(problems).toEqual([]);
  expect(checked.entrypoints).toHaveProperty(["./react"]);
});

/** What a TypeScript has to say about the programs of a fixture. */
async function compile(compiler: string, resolution: string): Promise<string> {
  const tsc = new URL(`node_modules/${compiler}/bin/tsc`, import.meta.url).pathname;
  const project = fixture(`types/tsconfig.${resolution}.json`);
  const compiled = promisify(execFile)(process.execPath, [tsc, "-p", project]);
  return compiled.then(
    () => "",
    ({ stdout }: { stdout: string }) => stdout,
  );
}

test.each([
  ["typescript", "nodenext"],
  ["typescript", "bundler"],
  ["typescript", "node"],
  // The oldest of all, and the last that looks for packages in the way of Node.js 10 without a word about it.
  ["typescript-4", "node10"],
  ["typescript-5", "node10"],
  ["typescript-5", "node10-hooks"],
])("a program compiles against the types with %s, tsconfig.%s.json", async (compiler, resolution) => {
  expect(await compile(compiler, resolution)).toBe("");
});

test("nothing in the types is `any`", async () => {
  for (const file of await files(".d.ts")) {
    const code = (await readFile(file, "utf8")).replace(/\/\*.*?\*\/|\/\/[^\n]*/gs, "");
    expect(code, file).not.toMatch(/\bany\b/);
  }
});

test("what is for old bundlers and script tags has the syntax of 2018", async () => {
  for (const file of [...(await files(".js", "dist/cjs")), ...(await files(".js", "dist/cdn"))]) {
    parse(await readFile(file, "utf8"), { ecmaVersion: 2018, sourceType: "script" });
  }
  for (const file of await files(".js", "dist/es2018")) {
    parse(await readFile(file, "utf8"), { ecmaVersion: 2018, sourceType: "module" });
  }
});

test("each sub-path has a folder that leads to files, for tools that do not know `exports`", async () => {
  const read = async (file: string) => JSON.parse(await readFile(`${PACKAGE}/${file}`, "utf8")) as object;
  const { exports, main, module } = (await read("package.json")) as Record<string, string>;
  expect([main, module]).toEqual(["./dist/cjs/index.js", "./dist/es2018/index.js"]);
  const paths = Object.keys(exports ?? {}).filter((path) => path !== "." && path !== "./package.json");
  expect(paths.length).toBeGreaterThan(9);
  for (const path of paths) {
    const fields = await read(`${path}/package.json`);
    expect(Object.keys(fields)[0], path).toBe("main");
    for (const file of Object.values(fields)) await access(`${PACKAGE}/${path}/${file}`);
  }
});

test("what the drop-in takes from the script beside it is there", async () => {
  expect(await import("mobileim/imsdk")).toHaveProperty("IMSDK");
  // Past the imports, and no further: this is no mini-program.
  await expect(import("mobileim/imsdk/miniprogram")).rejects.toThrow("there is no `wx`");
});

test("the classic scripts are of ASCII, whatever the encoding of their page", async () => {
  for (const script of await files(".js", "dist/cdn")) {
    expect(await readFile(script, "latin1"), script).toMatch(/^[\n\x20-\x7e]*$/);
  }
});

test("the entries for pages do not import anything", async () => {
  for (const entry of ["index.js", "slim.js", "wasm2js.js"]) {
    expect(await readFile(`${PACKAGE}/dist/web/${entry}`, "utf8")).not.toMatch(
      /^import\b|\bimport\(|\brequire\(/m,
    );
  }
});
