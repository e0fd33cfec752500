//! What miniprogram-ci, Tencent's own compiler, makes of the demo and of the package in it.
import { readFile, stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { APP } from "./support/app/build.js";

interface Compiled {
  packed: unknown[];
  reports: Record<string, number>[];
  files: string[];
}

const compiled = async () => JSON.parse(await readFile("artifacts/compiled.json", "utf8")) as Compiled;
const PACKAGE = "miniprogram_npm/mobileim";

test("构建 npm takes the package as a mini-program's own, without a warning", async () => {
  const { packed, reports } = await compiled();
  expect(packed).toEqual([]);
  expect(reports).toHaveLength(1);
  expect(reports[0]).toMatchObject({
    miniprogram_pack_num: 1,
    other_pack_num: 0,
    warn_not_found_num: 0,
    warn_require_var_num: 0,
    warn_require_rename_num: 0,
  });
});

test("the compiled app has the engine, byte by byte, and no types or sources of the package", async () => {
  const { files } = await compiled();
  expect(files.filter((file) => file.startsWith(PACKAGE))).toEqual([
    `${PACKAGE}/imsdk.js`,
    `${PACKAGE}/imsdk/miniprogram.js`,
    `${PACKAGE}/index.js`,
    `${PACKAGE}/miniprogram.js`,
    `${PACKAGE}/mobileim.wasm`,
    `${PACKAGE}/package.json`,
  ]);
  const engine = await readFile("../../js/miniprogram_dist/mobileim.wasm");
  expect((await readFile(`${APP}/${PACKAGE}/mobileim.wasm`)).equals(engine)).toBe(true);
});

test("the main package is far below 2 MB, and the client takes less than 125 KB of it", async () => {
  const { files } = await compiled();
  const sizes = await Promise.all(
    files.map(async (file) => ({ file, size: (await stat(`${APP}/${file}`)).size })),
  );
  const sum = (prefix: string) =>
    sizes.filter(({ file }) => file.startsWith(prefix)).reduce((total, { size }) => total + size, 0);
  expect(sum("")).toBeLessThan(0.5 * 1024 * 1024);
  expect(sum(PACKAGE)).toBeLessThan(125 * 1024);
});

test("the uni-app demo compiles too, with the engine where it is loaded from", async () => {
  const { files, zipBytes } = JSON.parse(await readFile("artifacts/uni.json", "utf8")) as {
    files: string[];
    zipBytes: number;
  };
  expect(files).toContain("static/mp-weixin/mobileim.wasm");
  expect(files.filter((file) => file.startsWith("pages/") && file.endsWith(".wxml"))).toEqual([
    "pages/chat/chat.wxml",
    "pages/login/login.wxml",
  ]);
  expect(zipBytes).toBeLessThan(0.5 * 1024 * 1024);
});
