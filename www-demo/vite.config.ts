import { defineConfig } from "vite";

export default defineConfig({
  // The server that serves the page decides where.
  base: "./",
  // Prebundled, the engine's WebAssembly would not be found beside its script.
  optimizeDeps: { exclude: ["mobileim"] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
