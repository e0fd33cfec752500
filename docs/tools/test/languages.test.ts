//! What is written for users is there in English and Chinese, and says as much in both.
import { posix } from "node:path";
import { expect, test } from "vitest";
import { type Example, pagePaths, readPage } from "./pages.js";

/** For those who change MobileIM; they read English. */
const FOR_DEVELOPERS = new Set(["docs/architecture.md", "docs/protocol.md", "docs/toolchain.md"]);

const USER_PAGE = /^(docs\/[^/]+|README|js\/README|examples\/(?:[^/]+\/)?README)\.md$/;

const english = pagePaths().filter(
  (path) => USER_PAGE.test(path) && !path.endsWith(".zh.md") && !FOR_DEVELOPERS.has(path),
);

test("there are pages for users", () => {
  expect(english).toEqual(
    expect.arrayContaining(["README.md", "docs/client.md", "docs/h5.md", "js/README.md"]),
  );
});

test.each(english)("%s has a Chinese version with the same sections and examples", (path) => {
  const chinese = path.replace(/\.md$/, ".zh.md");
  const [here, there] = [readPage(path), readPage(chinese)];
  expect(there.headings.map(({ depth }) => depth)).toEqual(here.headings.map(({ depth }) => depth));
  expect(there.examples.map(wordless)).toEqual(here.examples.map(wordless));
});

test.each([
  [
    { language: "ts", code: "im.send('bob', 'hi')" },
    { language: "ts", code: "im.send('bob', 1)" },
  ],
  [
    { language: "vue", code: "<p>{{ state }}</p>" },
    { language: "vue", code: "<p>{{ error }}</p>" },
  ],
  [
    { language: "text", code: "a/\n  b   here" },
    { language: "text", code: "a/\n  c   here" },
  ],
  [
    { language: "ts", code: "a()" },
    { language: "js", code: "a()" },
  ],
])("examples that differ in more than words are not the same: %j, %j", (one, other) => {
  expect(wordless(one)).not.toEqual(wordless(other));
});

test.each(english)("%s and its Chinese version point to each other", (path) => {
  const chinese = path.replace(/\.md$/, ".zh.md");
  expect(readPage(path).links).toContain(posix.basename(chinese));
  expect(readPage(chinese).links).toContain(posix.basename(path));
});

test.each(english)("the Chinese version of %s points to Chinese pages where there are some", (path) => {
  const chinese = path.replace(/\.md$/, ".zh.md");
  const folder = posix.dirname(path);
  const toEnglish = readPage(chinese).links.filter((link) => {
    const target = posix.join(folder, link.split("#")[0] ?? "");
    return target !== path && english.includes(target);
  });
  expect(toEnglish).toEqual([]);
});

/** An example without what is written in a language that people speak: comments, texts, what a list says of its names. */
function wordless({ language, code }: Example): Example {
  if (language === "text") return { language, code: code.replace(/^( *\S+).*/gm, "$1") };
  const bare = code
    .replace(/(?<!:)\/\/.*|\/\*.*?\*\/|#.*/g, "")
    .replace(/(["'`])(?:\\.|(?!\1).)*\1/gs, "''")
    .replace(/>[^<>{}]*</g, "><");
  return { language, code: bare };
}
