import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
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

/** The `Content-Type` of a file, by its name. */
export function contentType(path: string): string {
  return TYPES[extname(path)] ?? "text/plain";
}

/** What a folder is served with. */
export interface Serving {
  /** By their path from the folder: files from elsewhere, or what is in them. */
  files?: Record<string, URL | string>;
  /** Headers of each answer. */
  headers?: Record<string, string>;
}

/** A web site with the files of a folder. */
export class FolderSite {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Serves a folder, by its address or path, until {@link FolderSite.stop}. */
  static async start(folder: URL | string, { files = {}, headers = {} }: Serving = {}): Promise<FolderSite> {
    const root = typeof folder === "string" ? pathToFileURL(`${folder}/`) : folder;
    const server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://localhost").pathname.slice(1) || "index.html";
      const file = files[path] ?? new URL(path, root);
      try {
        const body = typeof file === "string" ? file : await readFile(file);
        response.writeHead(200, { "Content-Type": contentType(path), ...headers }).end(body);
      } catch {
        response.writeHead(404).end(`there is no ${path}`);
      }
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return new FolderSite(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Serves a folder, by its address or path, until the test ends, and gives its address. */
export async function serveFolder(folder: URL | string, serving: Serving = {}): Promise<string> {
  const site = await FolderSite.start(folder, serving);
  onTestFinished(() => site.stop());
  return site.url;
}
