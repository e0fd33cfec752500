import { defineConfig } from "vite";

export default defineConfig({
  // The server that serves the page decides where.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
