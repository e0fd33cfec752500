//! The pages of this project: every Markdown file that is, or may be, in the repository.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import GithubSlugger from "github-slugger";
import type { Heading, Link, Nodes, Root } from "mdast";
import { toString as textOf } from "mdast-util-to-string";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { visit } from "unist-util-visit";
import { root } from "../scripts/entries.mjs";

const parser = unified().use(remarkParse).use(remarkGfm);

/** An example, with its language. */
export interface Example {
  language: string;
  code: string;
}

/** One page, as its readers see it. */
export interface Page {
  headings: Heading[];
  /** Where it points to, images included. */
  links: string[];
  examples: Example[];
  /** What a link may name behind `#`. */
  anchors: Set<string>;
}

/** The paths of all pages from the repository's root, those that are not committed yet too. */
export function pagePaths(): string[] {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.md"];
  const files = execFileSync("git", list, { cwd: root, encoding: "utf8" }).split("\0");
  return files.filter((file) => file !== "" && existsSync(root + file)).sort();
}

const known = new Map<string, Page>();

/** Reads a page by its path. */
export function readPage(path: string): Page {
  const page = known.get(path) ?? parsePage(readFileSync(root + path, "utf8"));
  known.set(path, page);
  return page;
}

/** The tree of a page. */
export function parseMarkdown(markdown: string): Root {
  return parser.parse(markdown);
}

/** A page by its Markdown. */
export function parsePage(markdown: string): Page {
  const slugger = new GithubSlugger();
  const page: Page = { headings: [], links: [], examples: [], anchors: new Set() };
  visit(parseMarkdown(markdown), (node: Nodes) => {
    switch (node.type) {
      case "heading":
        page.headings.push(node);
        page.anchors.add(slugger.slug(textOf(node)));
        break;
      case "link":
      case "image":
      case "definition":
        page.links.push((node as Link).url);
        break;
      case "html":
        for (const [, id = ""] of node.value.matchAll(/<a id="([^"]+)">/g)) page.anchors.add(id);
        break;
      case "code":
        page.examples.push({ language: node.lang ?? "", code: node.value });
        break;
    }
  });
  return page;
}
