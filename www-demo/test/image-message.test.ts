import { expect, test } from "vitest";
import { IMAGE, imageAddress, looksLikeImage, readImage, TEXT, writeImage } from "../src/image-message.js";

const read = (text: string) => readImage({ text, typeu: IMAGE });

test("an image is read as it was written, with its description or without", () => {
  for (const image of [
    { address: "https://example.com/cat.jpg", description: "A cat" },
    { address: "https://example.com/cat.jpg", description: "" },
  ])
    expect(read(writeImage(image))).toEqual(image);
  expect(read(writeImage({ address: "https://a.example/", description: " two\nlines " }))?.description).toBe(
    "two lines",
  );
});

test("a text is no image, whatever it says", () => {
  expect(readImage({ text: "https://example.com/cat.jpg", typeu: TEXT })).toBeUndefined();
});

test("what is not on the web is not shown", () => {
  for (const text of ["javascript:alert(1)", "data:image/svg+xml,<svg/>", "blob:https://a/b", "cat.jpg", ""])
    expect(read(text)).toBeUndefined();
  expect(imageAddress(`https://example.com/${"a".repeat(3000)}`)).toBeUndefined();
});

test("an address that looks like an image's is recognised", () => {
  expect(looksLikeImage(" https://example.com/Cat.JPG?size=2 ")).toBe(true);
  for (const text of ["https://example.com/cat", "see https://example.com/cat.jpg", "cat.jpg"])
    expect(looksLikeImage(text)).toBe(false);
});
