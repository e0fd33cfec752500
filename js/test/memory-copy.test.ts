import { readFile } from "node:fs/promises";
import binaryen from "binaryen";
import { expect, test } from "vitest";

test("memory is copied as by the standard, wherever it overlaps", async () => {
  const copyInText = await readFile(new URL("../scripts/memory-copy.wat", import.meta.url), "utf8");
  const parsed = binaryen.parseText(
    `(module (memory (export "memory") 1) ${copyInText} (export "copy" (func $__memory_copy)))`,
  );
  const { instance } = await WebAssembly.instantiate(new Uint8Array(parsed.emitBinary()));
  const { memory, copy } = instance.exports as {
    memory: WebAssembly.Memory;
    copy: (to: number, from: number, length: number) => void;
  };
  const bytes = new Uint8Array(memory.buffer, 0, 128);
  const wrong: string[] = [];
  for (let length = 0; length <= 33; length++)
    for (let from = 0; from <= 40; from++)
      for (let to = 0; to <= 80; to++) {
        for (let at = 0; at < bytes.length; at++) bytes[at] = at + 1;
        const expected = bytes.slice().copyWithin(to, from, from + length);
        copy(to, from, length);
        if (bytes.some((byte, at) => byte !== expected[at])) wrong.push(`${length} from ${from} to ${to}`);
      }
  expect(wrong).toEqual([]);
});
