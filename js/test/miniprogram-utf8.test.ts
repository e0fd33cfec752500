import { expect, test } from "vitest";
import { Utf8Decoder, Utf8Encoder } from "../src/miniprogram/utf8.js";

const encoder = new Utf8Encoder();
const decoder = new Utf8Decoder();

/** Texts with every length of encoding, lone surrogates, and the characters at the borders. */
function* texts(): Generator<string> {
  const borders = [
    0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfeff, 0xffff,
  ];
  for (const one of borders) {
    for (const other of borders) yield String.fromCharCode(one, other, 0x61);
  }
  yield* ["", "\u{10000}", "\u{10ffff}", "a😀b", "你好", "x".repeat(70_000), "界😀".repeat(20_000)];
}

test("text becomes the bytes that a browser makes of it", () => {
  for (const text of texts()) expect(encoder.encode(text)).toEqual(new TextEncoder().encode(text));
});

test("bytes become the text that a browser makes of them", () => {
  for (const text of texts()) {
    const bytes = new TextEncoder().encode(text);
    expect(decoder.decode(bytes)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
  }
});

test("encoding into too little room stops at a whole character, as a browser does", () => {
  for (const text of ["aé你😀z", "😀😀", "\ud800你"]) {
    for (let room = 0; room <= 14; room++) {
      const [own, standard] = [new Uint8Array(room), new Uint8Array(room)];
      expect(encoder.encodeInto(text, own)).toEqual(new TextEncoder().encodeInto(text, standard));
      expect(own).toEqual(standard);
    }
  }
});
