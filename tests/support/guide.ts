//! A guide, as its readers follow it: the files that it prints, and the commands.
import { readFileSync } from "node:fs";
import type { LaunchOptions } from "./browser.js";
import type { Server } from "./server.js";

const ROOT = new URL("../../", import.meta.url);

/** The server's address that the guides print: where `mobileim-server --dev` listens. */
export const PRINTED = "localhost:3000";

/** With these options, the address that the guides print is this server's to a browser. */
export function followGuides(server: Server): LaunchOptions {
  return { args: [`--host-resolver-rules=MAP ${PRINTED} ${server.addresses.ws}`] };
}

/** An example. The name of its file, if it has one, is the first thing in the line before it, which ends in a colon. */
const EXAMPLE = /^(?:`([\w./-]+\.\w+)`[^\n]*[:：]\n\n)?( *)```(\w+)\n(.*?)^ *```$/gms;

/** One thing that a reader does. */
export type Step = { commands: string } | { file: string; text: string };

/** The steps of a page, or of what is under one of its headings. */
export function steps(page: string, heading?: RegExp): Step[] {
  const found = [...section(page, heading).matchAll(EXAMPLE)].flatMap(
    ([, file, indent = "", language, code = ""]): Step[] => {
      const text = code.replaceAll(new RegExp(`^${indent}`, "gm"), "");
      if (file !== undefined) return [{ file, text }];
      return language === "sh" ? [{ commands: text.trimEnd() }] : [];
    },
  );
  if (found.length === 0) throw new Error(`${page} has no steps`);
  return found;
}

/** The files that a guide says are there in the end: a list of paths below the name of a folder. */
export function tree(page: string, heading?: RegExp): string[] {
  const list = /^```text\n[\w.-]+\/\n(.*?)^```$/ms.exec(section(page, heading))?.[1];
  if (list === undefined) throw new Error(`${page} shows no files`);
  return [...list.matchAll(/^ {2}(\S+)/gm)].map(([, path = ""]) => path);
}

function section(page: string, heading: RegExp | undefined): string {
  const text = readFileSync(new URL(page, ROOT), "utf8");
  if (heading === undefined) return text;
  const found = text.split(/^#+ /m).find((part) => heading.test(part.split("\n")[0] ?? ""));
  if (found === undefined) throw new Error(`${page} has no heading ${heading}`);
  return found;
}
