import { expect, test } from "vitest";
import { isEmoji, pieces, webAddress } from "../src/rich-text.js";

const addresses = (text: string) => pieces(text).flatMap(({ href }) => href ?? []);

test("addresses are found between words, and nothing of the text is lost", () => {
  const text = "See https://example.com/a?b=c#d and http://other.example.";
  expect(addresses(text)).toEqual(["https://example.com/a?b=c#d", "http://other.example/"]);
  expect(
    pieces(text)
      .map(({ text }) => text)
      .join(""),
  ).toBe(text);
});

test("what ends a sentence, and a bracket around it, is not part of an address", () => {
  expect(addresses("(see https://example.com/a).")).toEqual(["https://example.com/a"]);
  expect(addresses("https://en.example/wiki/Rust_(language)")).toEqual([
    "https://en.example/wiki/Rust_(language)",
  ]);
  expect(addresses("Really https://example.com/a?!")).toEqual(["https://example.com/a"]);
});

test("Chinese text ends an address without a space", () => {
  expect(addresses("在这里：https://example.com/图。还有")).toEqual(["https://example.com/"]);
  expect(addresses("看https://example.com/a，很好")).toEqual(["https://example.com/a"]);
});

test("an address without a scheme is followed by https", () => {
  expect(addresses("www.example.com/x")).toEqual(["https://www.example.com/x"]);
});

test("only http and https are ever followed", () => {
  for (const text of [
    "javascript:alert(1)",
    "data:text/html,x",
    "file:///etc/passwd",
    "https://",
    "ftp://a.b",
  ])
    expect([text, addresses(text), webAddress(text)]).toEqual([text, [], undefined]);
  expect(webAddress("https://example.com")).toBe("https://example.com/");
});

test("up to three emoji and nothing else are large", () => {
  for (const text of ["🎉", "👍🏽", "👨‍👩‍👧", "❤️", "🇨🇳 🇫🇷", "1️⃣", "😀😀😀"])
    expect([text, isEmoji(text)]).toEqual([text, true]);
  for (const text of ["", " ", "1", "#", "©", "a😀", "😀😀😀😀", "好"])
    expect([text, isEmoji(text)]).toEqual([text, false]);
});
