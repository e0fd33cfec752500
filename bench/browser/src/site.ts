import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const PAGES = new URL("./pages/", import.meta.url);

/** Serves the bundles, and for each a page that has nothing else in it. */
export async function startSite(): Promise<{ url: string; stop(): void }> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const type = pathname.endsWith(".wasm") ? "application/wasm" : "text/javascript";
    try {
      if (pathname.includes(".")) {
        const body = await readFile(new URL(`.${pathname}`, PAGES));
        response.writeHead(200, { "Content-Type": type }).end(body);
      } else {
        response.writeHead(200, { "Content-Type": "text/html" });
        response.end(
          `<!doctype html><link rel="icon" href="data:,"><script type="module" src="${pathname}.js"></script>`,
        );
      }
    } catch {
      response.writeHead(404).end();
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
