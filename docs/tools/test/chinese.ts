//! The rules of Chinese text: punctuation of full width, spaces only beside Latin words, and one word for one thing.
import type { Nodes, PhrasingContent } from "mdast";
import ts from "typescript";
import { visit } from "unist-util-visit";
import { parseMarkdown } from "./pages.js";

/** Stands for code and for what a template inserts: a Latin word with nothing to complain about. */
const WORD = "\u{E000}";

const LATIN = `[A-Za-z0-9${WORD}]`;
const FULL_WIDTH = "[，。：；！？、（）“”]";

const ADDRESS = /\w+:\/\/[\w.~/?#&=%:-]*/g;

interface Rule {
  wrong: RegExp;
  why: string;
}

const WORDS: Rule[] = [
  { wrong: /您/u, why: "the reader is 你" },
  { wrong: /登陆/u, why: "to log in is 登录" },
  { wrong: /帐号/u, why: "an account is 账号" },
  { wrong: /用户 id/u, why: "a user id is 用户 ID" },
];

/** For prose, in which no punctuation has half its width, but for that inside of numbers and English words. */
const PROSE: Rule[] = [
  { wrong: /(?<!\d(?=[,:]\d))(?<![A-Za-z](?='[A-Za-z]))[,;:!?()"']/u, why: "punctuation of half width" },
  { wrong: /\p{Script=Han}\.|\.{3}/u, why: "a stop of half width" },
  { wrong: new RegExp(`${FULL_WIDTH}\\s|\\s${FULL_WIDTH}`, "u"), why: "a space beside punctuation" },
  { wrong: /\p{Script=Han}\s+\p{Script=Han}/u, why: "a space, or a line break, which is shown as one" },
  {
    wrong: new RegExp(`\\p{Script=Han}${LATIN}|${LATIN}\\p{Script=Han}`, "u"),
    why: "no space beside a Latin word",
  },
  { wrong: /\*\*|`/u, why: "markup that is shown as it stands" },
  ...WORDS,
];

/** For comments and texts in code, where punctuation beside Chinese can only be theirs. */
const CODE: Rule[] = [
  { wrong: /\p{Script=Han}[,;:!?(]|[,;:!?)] ?\p{Script=Han}/u, why: "punctuation of half width" },
  ...WORDS,
];

/** What is wrong in a page in Chinese: the line, where in it, and why. */
export function faultsOfPage(markdown: string): string[] {
  const faults: string[] = [];
  visit(parseMarkdown(markdown), (node: Nodes) => {
    const line = node.position?.start.line ?? 0;
    if (node.type === "code") {
      const lines = node.value.split("\n");
      faults.push(...lines.flatMap((text, index) => broken(CODE, text, line + 1 + index)));
    } else if (node.type === "paragraph" || node.type === "heading" || node.type === "tableCell") {
      faults.push(...broken(PROSE, node.children.map(proseOf).join(""), line));
    }
  });
  return faults;
}

/** What is wrong in the Chinese texts of a script. */
export function faultsOfScript(script: string): string[] {
  const file = ts.createSourceFile("texts.ts", script, ts.ScriptTarget.Latest, true);
  const faults: string[] = [];
  const look = (node: ts.Node): void => {
    const text = textOf(node);
    if (text !== undefined && /\p{Script=Han}/u.test(text)) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      faults.push(...broken(PROSE, text, line + 1));
    }
    ts.forEachChild(node, look);
  };
  look(file);
  return faults;
}

function textOf(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => WORD + literal.text).join("");
}

function proseOf(node: PhrasingContent): string {
  if (node.type === "inlineCode") return WORD;
  if (node.type === "text") return node.value;
  return "children" in node ? node.children.map(proseOf).join("") : "";
}

function broken(rules: Rule[], text: string, line: number): string[] {
  const read = text.replaceAll(ADDRESS, WORD);
  return rules.flatMap(({ wrong, why }) => {
    const found = wrong.exec(read);
    if (found === null) return [];
    const around = read.slice(Math.max(0, found.index - 8), found.index + 9).replaceAll(WORD, "…");
    return [`line ${line}: ${why}: ${around}`];
  });
}
