import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    globalSetup: "support/global-setup.ts",
    // Each file has a server to itself, and the machine may have few cores.
    fileParallelism: false,
    // A reconnect may wait for the longest back-off, and Tencent's compiler takes its time.
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
