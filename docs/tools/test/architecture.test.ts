//! What the pages for developers name is there: files, folders, modules and types.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../scripts/entries.mjs";

const PAGES = ["docs/architecture.md", "CONTRIBUTING.md"];

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
}

/** What is made, and not in the repository. */
const MADE = new Set(["docs/reference/", "fuzz/artifacts/", "node_modules/", "target/"]);

/** The files of the project, those that are not committed yet included. */
const files = git("ls-files", "--cached", "--others", "--exclude-standard").split("\n");
/** The words of the sources, and the names of files without what comes after the dot: modules. */
const words = new Set(
  files
    .filter((file) => /\.(rs|ts)$/.test(file) && !file.startsWith("docs/"))
    .flatMap((file) => [...(readFileSync(root + file, "utf8").match(/\w+/g) ?? []), ...file.split(/\W/)]),
);

/** Returns whether a file or folder is there, named from the root or by its last parts. */
function isPath(name: string): boolean {
  const path = name.replace(/\/$/, "");
  return files.some((file) => `/${file}`.endsWith(`/${path}`) || `/${file}`.includes(`/${path}/`));
}

/** The names of a page that stand for nothing: what looks like a path, a type, or a module or member of one. */
function deadNames(markdown: string): string[] {
  const spans = [...markdown.matchAll(/`([^`\n]+)`/g)].map(([, span = ""]) => span);
  return spans.filter((span) => {
    if (MADE.has(span)) return false;
    if (/^[\w.-]+\/[\w./-]*$/.test(span) || /^[\w-]+\.(rs|ts|sh|mjs|json)$/.test(span)) return !isPath(span);
    if (/^[A-Z]\w*[a-z]\w*$/.test(span) || /^\w+(::\w+)+$/.test(span))
      return !span.split("::").every((part) => words.has(part));
    return false;
  });
}

test.each(PAGES)("the names in %s are those of something", (page) => {
  expect(deadNames(readFileSync(root + page, "utf8"))).toEqual([]);
});

test.each([
  "`hub/src/nowhere.rs`",
  "`nowhere/`",
  "`nowhere.rs`",
  "`NoSuchThing`",
  "`gateway::no_such_module`",
])("a dead name is found: %s", (markdown) => {
  expect(deadNames(`A page with ${markdown}.`)).toHaveLength(1);
});
