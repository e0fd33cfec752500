import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { onTestFinished } from "vitest";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/**
 * Serves a folder until the test ends, and gives its address.
 *
 * @param more - by their path from the folder: files from elsewhere, or what is in them
 */
export async function serveFolder(folder: URL, more: Record<string, URL | string> = {}): Promise<string> {
  const site = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1) || "index.html";
    const file = more[path] ?? new URL(path, folder);
    try {
      const body = typeof file === "string" ? file : await readFile(file);
      response.setHeader("Content-Type", TYPES[extname(path)] ?? "text/plain").end(body);
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
