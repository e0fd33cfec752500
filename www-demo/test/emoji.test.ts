import { expect, test } from "vitest";
import { groups, named, search } from "../src/emoji/emoji.js";
import { isEmoji } from "../src/rich-text.js";

const all = groups.flatMap(([, emoji]) => emoji);

test("each emoji is one, is offered once, and has a name in both languages", () => {
  expect(
    all.filter(({ character, en, zh }) => !isEmoji(character) || !en || !/\p{Script=Han}/u.test(zh)),
  ).toEqual([]);
  expect(new Set(all.map(({ character }) => character)).size).toBe(all.length);
});

test("an emoji is found by its name in either language", () => {
  expect(search("thumbs up")[0]?.character).toBe("👍");
  expect(search("饺子")[0]?.character).toBe("🥟");
  expect(search("no such thing")).toEqual([]);
});

test("of what was picked before, what is still offered is shown, in that order", () => {
  expect(named(["🎉", "not one", "👍"]).map(({ character }) => character)).toEqual(["🎉", "👍"]);
});
