//! The guide to moving from MobileIMSDK says what is true.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { installImsdkHere } from "../support/imsdk.js";

const PAGES = ["docs/migration.md", "docs/migration.zh.md"];

test.each(PAGES)("%s says of each name what takes its place", async (page) => {
  const { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBUtils, uuid } = installImsdkHere();
  const objects = { IMSDK, MBProtocalFactory, MBKeepAliveDaemon, MBUtils, uuid };
  const names = Object.entries(objects).flatMap(([object, members]) =>
    Object.keys(members).map((member) => `${object}.${member}`),
  );
  const text = await readFile(new URL(`../../../${page}`, import.meta.url), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `"));
  const told = rows.flatMap((row) =>
    [...(row.split(" | ")[0] ?? "").matchAll(/`([\w.]+)/g)].map(([, name]) => name),
  );
  expect([...told].sort()).toEqual([...names, "MBSenseMode"].sort());
});
