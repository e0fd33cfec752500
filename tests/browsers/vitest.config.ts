import { defineConfig } from "vitest/config";

/** The same tests in each browser: `vitest run --project firefox` for one alone. */
const browsers = ["chromium", "firefox", "webkit"] as const;

export default defineConfig({
  test: {
    // Each file has a server and a browser to itself, and the machine may have few cores.
    fileParallelism: false,
    projects: browsers.map((browser) => ({
      extends: true,
      test: {
        name: browser,
        include: ["*.test.ts"],
        provide: { browser },
        // A reconnect may wait for the longest back-off.
        testTimeout: 60_000,
        hookTimeout: 60_000,
      },
    })),
  },
});
