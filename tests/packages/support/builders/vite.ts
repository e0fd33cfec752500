import { build, createServer, type PluginOption } from "vite";
import { onTestFinished } from "vitest";
import { emptyFolder, fixture } from "./folders.js";

/** By Vite, with no settings. */
export async function vitePage(): Promise<string> {
  return viteApp("page");
}

/** The slim entry likewise. */
export async function viteSlimPage(): Promise<string> {
  const transformIndexHtml = {
    order: "pre" as const,
    handler: (html: string) => html.replace("./main.js", "./main-slim.js"),
  };
  return viteApp("page", [{ name: "slim-page", transformIndexHtml }]);
}

/** A fixture with a page of its own, by Vite. */
export async function viteApp(name: string, plugins: PluginOption[] = []): Promise<string> {
  const outDir = await emptyFolder(`vite-${name}`);
  await build({
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
export async function viteDevelopment(): Promise<string> {
  const server = await createServer({
    root: fixture("page"),
    configFile: false,
    cacheDir: await emptyFolder("vite-cache"),
    logLevel: "warn",
    server: { host: "127.0.0.1", port: 0 },
  });
  onTestFinished(() => server.close());
  await server.listen();
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("Vite serves nothing");
  return address;
}
