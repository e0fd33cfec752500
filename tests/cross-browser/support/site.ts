import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { contentType } from "../../support/site.js";
import { type PageName, pageOf, requiredFile } from "./builds.js";

const PAGE = new URL("../page/", import.meta.url);
/** The folder of all builds, in the unpacked npm package. */
const PACKAGE = new URL("..", import.meta.resolve("mobileim"));

/** How a file is served otherwise than usual. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
}

/** A small web site: the tests' page, the files of the packed npm package, and at `demo/` the server's chat page, watched. */
export class Site {
  /** The paths that were asked for. */
  readonly asked: string[] = [];
  readonly #answers = new Map<string, Answer>();
  readonly #server: Server;

  private constructor(demo: () => string) {
    this.#server = createServer(async (request, response) => {
      const { pathname: path, searchParams } = new URL(request.url ?? "/", "http://site");
      this.asked.push(path);
      if (path.startsWith("/demo/")) {
        await passOn(request, new URL(path.slice("/demo/".length), demo()), response);
        return;
      }
      const { status = 200, headers = {} } = this.#answers.get(path) ?? {};
      try {
        const body = await contents(path, searchParams.get("build") as PageName);
        const type = path === "/" ? "text/html" : contentType(path);
        response
          .writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers })
          .end(body);
      } catch {
        response.writeHead(404).end();
      }
    });
  }

  /** Starts it. `demo` gives the address of the chat page. */
  static async start(demo: () => string): Promise<Site> {
    const site = new Site(demo);
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

/** A file of the site. */
async function contents(path: string, build: PageName): Promise<string | Buffer> {
  if (path === "/") return pageOf(build);
  const required = requiredFile(path);
  if (required) return required.wrap(await readFile(new URL(required.file, PACKAGE), "utf8"));
  return path.startsWith("/mobileim/")
    ? readFile(new URL(path.slice("/mobileim/".length), PACKAGE))
    : readFile(new URL(path.slice(1), PAGE));
}

/** Answers with what is at an address; a page gets the script that notes what goes wrong in it. */
async function passOn(request: IncomingMessage, address: URL, response: ServerResponse): Promise<void> {
  try {
    const { method = "GET" } = request;
    const asked = Buffer.concat(await request.toArray());
    const answer = await fetch(address, { method, ...(asked.length > 0 && { body: asked }) });
    const type = answer.headers.get("Content-Type") ?? "application/octet-stream";
    const body = Buffer.from(await answer.arrayBuffer());
    response
      .writeHead(answer.status, { "Content-Type": type, "Cache-Control": "no-store" })
      .end(type.startsWith("text/html") ? watched(body.toString()) : body);
  } catch {
    response.writeHead(502).end();
  }
}

function watched(html: string): string {
  if (!html.includes("<head>")) throw new Error("the chat page has no <head> to watch it from");
  return html.replace("<head>", '<head><script src="/watch.js"></script>');
}
