//! What the pages of this project point to is there.
import { existsSync, statSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { root } from "../scripts/entries.mjs";
import { type Page, pagePaths, parsePage, readPage } from "./pages.js";

/** The links of a page that lead nowhere, but for those to other sites, which are not ours to test. */
function deadLinks(path: string, page: Page): string[] {
  return page.links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = "", anchor] = link.split("#");
    const target = file === "" ? path : posix.join(posix.dirname(path), decodeURIComponent(file));
    if (file !== "" && !existsSync(root + target)) return true;
    if (anchor === undefined || statSync(root + target).isDirectory() || !target.endsWith(".md"))
      return false;
    const { anchors } = target === path ? page : readPage(target);
    return !anchors.has(decodeURIComponent(anchor));
  });
}

test.each(pagePaths())("the links of %s lead to what is there", (path) => {
  expect(deadLinks(path, readPage(path))).toEqual([]);
});

test.each([
  ["[a file that is not there](docs/nowhere.md)"],
  ["[a heading that is not there](docs/server.md#nowhere)"],
  ["# Here\n\n[a heading of another name](#there)"],
  ["[by reference]\n\n[by reference]: nowhere.md"],
])("a dead link is found: %j", (markdown) => {
  expect(deadLinks("README.md", parsePage(markdown))).toHaveLength(1);
});
