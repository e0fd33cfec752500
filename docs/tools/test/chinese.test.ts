//! What is written in Chinese keeps to the rules of Chinese text.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { root } from "../scripts/entries.mjs";
import { faultsOfPage, faultsOfScript } from "./chinese.js";
import { pagePaths } from "./pages.js";

const pages = pagePaths().filter((path) => path.endsWith(".zh.md"));

/** The words of the demos and pages, which they keep in files of that name. */
const texts = execFileSync("git", ["ls-files", "--", "*-demo/*texts.?s", "www-*/*/texts/*.ts"], {
  cwd: root,
  encoding: "utf8",
})
  .trim()
  .split("\n");

test("there are pages and texts in Chinese", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.zh.md", "docs/client.zh.md"]));
  const demos = [
    "miniprogram-demo/services/texts.js",
    "uni-demo/src/texts.ts",
    "www-demo/src/texts/zh.ts",
    "www-admin/src/texts/zh.ts",
  ];
  expect(texts).toEqual(expect.arrayContaining(demos));
});

test.each(pages)("%s is written as Chinese is", (path) => {
  expect(faultsOfPage(readFileSync(root + path, "utf8"))).toEqual([]);
});

test.each(texts)("the Chinese texts of %s are written as Chinese is", (path) => {
  expect(faultsOfScript(readFileSync(root + path, "utf8"))).toEqual([]);
});

test.each([
  ["登录后,消息按顺序到达。"],
  ["`send` 完成,对方已收到。"],
  ["需要 Vue 3.3;也可以更高。"],
  ["怎么办?重试!"],
  ["见 [API 参考](x.md)(英文)。"],
  ['发送方会得到"已送达"。'],
  ["| a | b |\n| --- | --- |\n| 网页 | 71,Edge 79 |"],
  ["## 会话结束:`KickedError`"],
  ["消息已送达."],
  ["正在登录..."],
  ["断线后 自动重连。"],
  ["断线后，\n自动重连。"],
  ["断线后自动\n重连。"],
  ["登录 Chrome浏览器。"],
  ["**断线不丢消息。**恢复后发出。"],
  ["由您自己保存。"],
  ["用户 id 为空。"],
  ["```ts\nawait send() // 已收到,或已存好\n```"],
  ["```ts\nmark('失败,重发')\n```"],
])("a fault is found in %j", (markdown) => {
  expect(faultsOfPage(markdown)).not.toEqual([]);
});

test.each([
  ["登录后，消息按顺序到达：最多 10,000 条（见 [API 参考](x.md)）。"],
  ["在 Rust\n程序里 don't 也可以，地址如 https://example.com/a?b=1 等。"],
  ["`f(a, b);` 与 `'x'`"],
  ["```ts\nf('你好', g('再见')) // 完成时：已收到\n```"],
  ["12:30 之前"],
])("nothing is wrong with %j", (markdown) => {
  expect(faultsOfPage(markdown)).toEqual([]);
});

test("texts in scripts are read with what templates insert", () => {
  const inserted = "$" + "{peer}";
  expect(faultsOfScript(`f(\`与 ${inserted} 聊天\`, 'a, b')`)).toEqual([]);
  expect(faultsOfScript(`f(\`${inserted}条\`)`)).toHaveLength(1);
  expect(faultsOfScript("f('登录失败,请重试')")).toHaveLength(1);
});
