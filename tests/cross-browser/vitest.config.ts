import { defineConfig } from "vitest/config";
import { BUILDS, type BuildName } from "./support/builds.js";

/** The same tests in each browser: `vitest run --project 'firefox *'` for one alone. */
const browsers = ["chromium", "firefox", "webkit"] as const;

/** And with each build of the package: `--project '* script'`. What is not of the client itself is tested once. */
const builds = Object.keys(BUILDS) as BuildName[];
const ONCE = ["demo.test.ts", "imsdk.test.ts", "loading.test.ts", "passwords.test.ts"];

export default defineConfig({
  test: {
    // Each file has a server and a browser to itself, and waits most of the time; the machine may have few cores.
    maxWorkers: 2,
    projects: browsers.flatMap((browser) =>
      builds.map((build) => ({
        extends: true as const,
        test: {
          name: `${browser} ${build}`,
          include: ["*.test.ts"],
          exclude: build === "module" ? [] : ONCE,
          provide: { browser, build },
          // A reconnect may wait for the longest back-off.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      })),
    ),
  },
});
