import { expect, onTestFinished, test, vi } from "vitest";

/** The stand-ins, as a host without the standard classes loads them. */
async function standIns() {
  vi.stubGlobal("TextEncoder", undefined);
  vi.stubGlobal("TextDecoder", undefined);
  vi.resetModules();
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
  const { Decoder, Encoder } = await import("../src/platform/text-coders.js");
  vi.unstubAllGlobals();
  expect(Encoder).not.toBe(TextEncoder);
  return { decoder: new Decoder(), encoder: new Encoder() };
}

test.each([
  ["nothing", ""],
  ["ASCII with every sign", Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join("")],
  ["two bytes", "é ß ñ"],
  ["three bytes", "你好，世界 \ufeff\ufffe\uffff"],
  ["four bytes", "😀 𠮷 \u{10ffff}"],
  ["half pairs", "a\ud83d b\ude00 \ude00\ud83d"],
  ["half pairs beside whole ones", "\ud83d😀\ude00"],
  ["line ends", "a\r\nb\nc\u2028d"],
])("text with %s becomes the bytes that the standard has, and back", async (_, text) => {
  const { decoder, encoder } = await standIns();
  const bytes = new TextEncoder().encode(text);
  expect([...encoder.encode(text)]).toEqual([...bytes]);
  expect(decoder.decode(bytes)).toBe(new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes));
});

test("a host's own classes are taken where there are any", async () => {
  vi.resetModules();
  const { Decoder, Encoder } = await import("../src/platform/text-coders.js");
  expect([Decoder, Encoder]).toEqual([TextDecoder, TextEncoder]);
});
