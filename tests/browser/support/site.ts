import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** What a folder is served with. */
export interface Serving {
  /** By their path from the folder: files from elsewhere, or what is in them. */
  files?: Record<string, URL | string>;
  /** Headers of each answer. */
  headers?: Record<string, string>;
}

/** Serves a folder, by its address or path, until the test ends, and gives its address. */
export async function serveFolder(
  folder: URL | string,
  { files = {}, headers = {} }: Serving = {},
): Promise<string> {
  const root = typeof folder === "string" ? pathToFileURL(`${folder}/`) : folder;
  const site = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1) || "index.html";
    const file = files[path] ?? new URL(path, root);
    try {
      const body = typeof file === "string" ? file : await readFile(file);
      response.writeHead(200, { "Content-Type": TYPES[extname(path)] ?? "text/plain", ...headers }).end(body);
    } catch {
      response.writeHead(404).end(`there is no ${path}`);
    }
  });
  onTestFinished(() => {
    site.closeAllConnections();
    site.close();
  });
  await once(site.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
}
