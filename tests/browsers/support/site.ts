import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const TYPES: Record<string, string> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

const PAGE = new URL("../page/", import.meta.url);
/** The folder of the browser entry, in the unpacked npm package. */
const PACKAGE = new URL(".", import.meta.resolve("mobileim"));

/** How a file is served otherwise than usual. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
}

/** A small static server: the page, and the files of the packed npm package. */
export class Site {
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(async (request, response) => {
      const path = new URL(request.url ?? "/", "http://site").pathname;
      this.asked.push(path);
      const { status = 200, headers = {} } = this.#answers.get(path) ?? {};
      const inPackage = path.startsWith("/mobileim/");
      const file = inPackage
        ? new URL(path.slice("/mobileim/".length), PACKAGE)
        : new URL(path === "/" ? "index.html" : path.slice(1), PAGE);
      try {
        const body = await readFile(fileURLToPath(file));
        const type = TYPES[extname(file.pathname)] ?? "application/octet-stream";
        response
          .writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers })
          .end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
  }

  static async start(): Promise<Site> {
    const site = new Site();
    await once(site.#server.listen(0, "127.0.0.1"), "listening");
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Serves a file otherwise until the test ends. */
  serve(path: string, answer: Answer): void {
    this.#answers.set(path, answer);
    onTestFinished(() => void this.#answers.delete(path));
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
