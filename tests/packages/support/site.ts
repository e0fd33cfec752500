import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { onTestFinished } from "vitest";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css",
  ".wasm": "application/wasm",
};

/** Serves a folder until the test ends, and gives its address. */
export async function serveFolder(folder: string, headers: Record<string, string> = {}): Promise<string> {
  const site = createServer(async (request, response) => {
    const path = new URL(request.url ?? "/", "http://site").pathname;
    const file = join(folder, normalize(path.endsWith("/") ? `${path}index.html` : path));
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    try {
      const body = await readFile(file);
      response.setHeader("Content-Type", TYPES[extname(file)] ?? "application/octet-stream").end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  onTestFinished(() => void site.close());
  await once(site.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
}
