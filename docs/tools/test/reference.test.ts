//! The API reference is what the types say, and says something of all of them.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { type Entry, entries, root } from "../scripts/entries.mjs";
import { writeReference } from "../scripts/reference.mjs";

const FIXTURES = fileURLToPath(new URL("fixtures/", import.meta.url));

/** The files of a folder, by their paths in it. */
async function contents(folder: string): Promise<Record<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = files.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const read = paths.map(async (path) => [path.slice(folder.length + 1), await readFile(path, "utf8")]);
  return Object.fromEntries(await Promise.all(read));
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mobileim-reference-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** What is wrong with a module of the fixtures. */
async function problemsOf(name: string): Promise<string> {
  const source = `${FIXTURES}${name}.ts`.slice(root.length);
  const entry: Entry = { name, source };
  return (await writeReference(await emptyFolder(), [entry], `${FIXTURES}tsconfig.json`)).join("\n");
}

test("every public export has a comment, and docs/reference/ is what the types say; `make docs` writes it", async () => {
  const folder = await emptyFolder();
  expect(await writeReference(folder, await entries())).toEqual([]);
  expect(await contents(`${root}docs/reference`)).toEqual(await contents(folder));
});

test("every entry of the package that has types has a page", async () => {
  const pages = Object.keys(await contents(`${root}docs/reference`));
  const names = (await entries()).map(({ name }) => `${name}.md`);
  expect(names).toContain("mobileim.md");
  expect(pages.sort()).toEqual(["README.md", ...names].sort());
});

test("nothing is wrong with a module whose exports have comments", async () => {
  expect(await problemsOf("documented")).toBe("");
});

test.each([
  ["an export without a comment", "undocumented", "does not have any documentation"],
  ["a type that is used and not exported", "not-exported", "Hidden"],
  ["a link to what is not there", "dead-link", "nowhere"],
  ["a value of type any", "untyped", "untyped.answer is of type any"],
])("%s is noticed", async (_what, fixture, problem) => {
  expect(await problemsOf(fixture)).toContain(problem);
});
