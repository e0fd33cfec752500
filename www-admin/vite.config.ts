import { defineConfig } from "vite";

export default defineConfig({
  // The server that serves the page decides where.
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  // What is shared with the chat page finds its libraries here, too.
  resolve: { dedupe: ["preact", "@preact/signals"] },
  build: {
    // The page's policy allows nothing that stands in the page itself.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
