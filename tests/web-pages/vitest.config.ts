import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    // Each file has a server and a browser to itself, and the machine may have few cores.
    fileParallelism: false,
    // A reconnect may wait for the longest back-off.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
