import { cp } from "node:fs/promises";
import { build } from "esbuild";
import { emptyFolder, fixture } from "./folders.js";

/** The React fixture with the React of development, whose `StrictMode` runs effects twice. */
export async function reactApp(): Promise<string> {
  const folder = await emptyFolder("react");
  await cp(fixture("react/index.html"), `${folder}/index.html`);
  await build({
    entryPoints: { main: fixture("react/main.jsx") },
    outdir: folder,
    bundle: true,
    format: "esm",
    jsx: "automatic",
    define: { "process.env.NODE_ENV": '"development"' },
    logLevel: "warning",
  });
  return folder;
}
