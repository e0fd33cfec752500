import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["*.test.ts"],
    // Each file builds with all cores by itself.
    fileParallelism: false,
    // A build of Next.js, or the longest back-off before a reconnect.
    testTimeout: 90_000,
    hookTimeout: 60_000,
  },
});
