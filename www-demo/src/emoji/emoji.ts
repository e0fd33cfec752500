import { DATA } from "./data.js";

/** An emoji and what it is called. */
export interface Emoji {
  character: string;
  en: string;
  zh: string;
}

/** A group of emoji. */
export type Group = keyof typeof DATA;

/** All emoji, by group. */
export const groups: readonly (readonly [Group, readonly Emoji[]])[] = Object.entries(DATA).map(
  ([group, lines]) => [group as Group, lines.split("\n").map(parse)],
);

const all = groups.flatMap(([, emoji]) => emoji);

function parse(line: string): Emoji {
  const [, character = "", en = "", zh = ""] = /^(\S+) (.+)\/(.+)$/.exec(line) ?? [];
  return { character, en, zh };
}

/** Those whose name has these words in it, in either language. */
export function search(words: string): readonly Emoji[] {
  const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
  return all.filter(({ character, en, zh }) => {
    const names = `${character} ${en.toLowerCase()} ${zh}`;
    return wanted.every((word) => names.includes(word));
  });
}

/** The emoji with these characters; what is not offered is left out. */
export function named(characters: readonly string[]): readonly Emoji[] {
  return characters.flatMap((character) => all.filter((one) => one.character === character));
}
