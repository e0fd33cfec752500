//! What pages print.
import { readFileSync } from "node:fs";

const ROOT = new URL("../../../", import.meta.url);

/** An example. The name of its file, if it has one, is the first thing in the line before it, which ends in a colon. */
const EXAMPLE = /^(?:`([\w./-]+\.\w+)`[^\n]*[:：]\n\n)?```(\w+)\n(.*?)^```$/gms;

export interface Example {
  file: string | undefined;
  language: string;
  text: string;
}

export function readPage(page: string): string {
  return readFileSync(new URL(page, ROOT), "utf8");
}

/** The examples of a page. */
export function examples(page: string): Example[] {
  return [...readPage(page).matchAll(EXAMPLE)].map(([, file, language = "", code = ""]) => ({
    file,
    language,
    text: code,
  }));
}

/** The commands of a page, block by block. */
export function shell(page: string): string[] {
  return examples(page)
    .filter(({ language }) => language === "sh")
    .map(({ text }) => text);
}

/** A file that a page prints. */
export function file(page: string, name: string): string {
  const found = examples(page).find((example) => example.file === name);
  if (found === undefined) throw new Error(`${page} prints no ${name}`);
  return found.text;
}
