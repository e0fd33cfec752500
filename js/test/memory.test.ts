import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { start } from "./support/client.js";

test("an engine with a thousand messages on their way takes less than two megabytes", async () => {
  let memory: WebAssembly.Memory | undefined;
  const { im } = await start((session, message) => message.type === 0 && session.answerLogin(0), {
    wasm: async (imports: object) => {
      const bytes = await readFile(new URL("../src/engine/mobileim_bg.wasm", import.meta.url));
      const { instance } = await WebAssembly.instantiate(bytes, imports as WebAssembly.Imports);
      memory = instance.exports.memory as WebAssembly.Memory;
      return instance.exports;
    },
  });
  await im.login({ userId: "alice" });
  const before = memory?.buffer.byteLength ?? Number.NaN;
  const text = "a message as long as people write them, 你好 😀, ".repeat(4);
  for (let count = 0; count < 1000; count++) im.send("bob", text).catch(() => {});
  expect(im.diagnostics().pending).toBe(1000);
  const after = memory?.buffer.byteLength ?? Number.NaN;
  expect(after).toBeGreaterThan(before);
  expect(after).toBeLessThan(2 * 1024 * 1024);
});
