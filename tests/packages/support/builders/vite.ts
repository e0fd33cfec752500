import type { PluginOption } from "vite";
import { onTestFinished } from "vitest";
import { emptyFolder, fixture } from "./folders.js";

type Vite = typeof import("vite");

/** The Vite of today, or an older one of `tools/vite`. */
async function load(version: string): Promise<Vite> {
  if (version === "vite") return import("vite");
  const entry = new URL(`../../tools/vite/node_modules/${version}/dist/node/index.js`, import.meta.url);
  return (await import(entry.href)) as Vite;
}

/** By Vite, with no settings. */
export async function vitePage(version = "vite"): Promise<string> {
  return viteApp("page", [], version);
}

/** The slim entry likewise. */
export async function viteSlimPage(version = "vite"): Promise<string> {
  return viteApp("page", [slimPage()], version);
}

/** A fixture with a page of its own, by Vite. */
export async function viteApp(name: string, plugins: PluginOption[] = [], version = "vite"): Promise<string> {
  const outDir = await emptyFolder(`${version}-${name}`);
  await (await load(version)).build({
    root: fixture(name),
    configFile: false,
    base: "./",
    logLevel: "warn",
    plugins,
    build: { outDir, emptyOutDir: true },
  });
  return outDir;
}

/** Vite's server for development, which bundles packages by themselves; its address. */
export async function viteDevelopment(version = "vite"): Promise<string> {
  return serve(version, [], []);
}

/** The slim entry likewise. Before Vite 8 it must be left out of what is bundled, as the guide says. */
export async function viteSlimDevelopment(version = "vite"): Promise<string> {
  return serve(version, [slimPage()], version === "vite" ? [] : ["mobileim"]);
}

async function serve(version: string, plugins: PluginOption[], exclude: string[]): Promise<string> {
  const server = await (await load(version)).createServer({
    root: fixture("page"),
    configFile: false,
    cacheDir: await emptyFolder(`${version}-cache`),
    logLevel: "warn",
    plugins,
    optimizeDeps: { exclude },
    server: { host: "127.0.0.1", port: 0 },
  });
  onTestFinished(() => server.close());
  await server.listen();
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("Vite serves nothing");
  return address;
}

function slimPage(): PluginOption {
  const transformIndexHtml = {
    order: "pre" as const,
    // The first as Vite has it since 5, the second as before.
    enforce: "pre" as const,
    handler: (html: string) => html.replace("./main.js", "./main-slim.js"),
    transform: (html: string) => html.replace("./main.js", "./main-slim.js"),
  };
  return { name: "slim-page", transformIndexHtml };
}
