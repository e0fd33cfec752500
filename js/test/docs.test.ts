//! The examples of the guides for pages compile against the package.
import { expect, test } from "vitest";
import { compile, examples, readPage } from "./support/compile.js";

test.each(["docs/h5.md", "docs/h5.zh.md"])(
  "the examples of %s compile",
  { timeout: 60_000 },
  async (page) => {
    const found = examples(await readPage(page), "ts");
    expect(found.length).toBeGreaterThan(0);
    for (const example of found) expect(await compile(`${example}\nexport {};\n`)).toBe("");
  },
);

test.each(["docs/uni-app.md", "docs/uni-app.zh.md"])(
  "the example of %s compiles",
  { timeout: 60_000 },
  async (page) => {
    const [example = "", ...more] = examples(await readPage(page), "ts");
    expect(more).toEqual([]);
    const uni = "declare const uni: { getStorageSync(key: string): string };\n";
    expect(await compile(uni + example)).toBe("");
  },
);

test("an example with a mistake would not compile", { timeout: 60_000 }, async () => {
  const mistake = "import { createClient } from 'mobileim'\nawait createClient({ uri: '' })\n";
  expect(await compile(mistake)).toContain("uri");
});
