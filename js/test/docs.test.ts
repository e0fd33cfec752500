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

test("an example with a mistake would not compile", { timeout: 60_000 }, async () => {
  const mistake = "import { createClient } from 'mobileim'\nawait createClient({ uri: '' })\n";
  expect(await compile(mistake)).toContain("uri");
});
