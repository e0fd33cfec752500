//! The guide to moving from MobileIMSDK says what is true.
import { expect, test } from "vitest";
import { compile, examples, readPage } from "../support/compile.js";
import { installImsdkHere } from "../support/imsdk.js";

/** What the guide's example before and after takes from its application. */
const APPLICATION = `
import { IMSDK, MBProtocalFactory } from "mobileim/imsdk";
declare const token: string;
declare function online(): void;
declare function refused(isReconnect: boolean): void;
declare function show(from: string, content: unknown): void;
declare function showMine(fp: string | undefined, content: unknown): void;
declare function tick(fp: string): void;
declare function cross(fp: string | undefined): void;
declare function fetchToken(): Promise<string>;
`;

const PAGES = ["docs/migration.md", "docs/migration.zh.md"];

test.each(PAGES)("the examples of %s compile", { timeout: 60_000 }, async (page) => {
  const [dropIn = "", before = "", after = "", ...more] = examples(await readPage(page), "ts");
  expect(more).toEqual([]);
  expect(await compile(dropIn)).toBe("");
  expect(await compile(APPLICATION + before)).toBe("");
  expect(await compile(APPLICATION.replace(/import .*/, "") + after)).toBe("");
});

test.each(PAGES)("%s says of each name what takes its place", async (page) => {
  const { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBUtils, uuid } = installImsdkHere();
  const objects = { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBUtils, uuid };
  const names = Object.entries(objects).flatMap(([object, members]) =>
    Object.keys(members).map((member) => `${object}.${member}`),
  );
  const rows = (await readPage(page)).split("\n").filter((line) => line.startsWith("| `"));
  const told = rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`([\w.]+)/g)].map(([, name]) => name),
  );
  expect([...told].sort()).toEqual([...names, "MBSenseMode"].sort());
});

test("the guides show the same examples, but for their words", async () => {
  const [english = "", chinese = ""] = await Promise.all(PAGES.map(readPage));
  for (const language of ["html", "js", "ts"]) {
    const plain = (text: string) =>
      examples(text, language).map((code) => code.replace(/\/\/.*/g, "").replace(/'(hi|你好)'/g, "''"));
    expect(plain(chinese)).toEqual(plain(english));
  }
});
