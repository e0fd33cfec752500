import uni from "@dcloudio/vite-plugin-uni";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [uni()],
  // For the development server only: bundled beforehand, the package would not find its .wasm file.
  optimizeDeps: { exclude: ["mobileim"] },
});
