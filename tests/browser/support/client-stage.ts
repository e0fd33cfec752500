import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { makeClient, signIn } from "./client-page.js";
import { Stage } from "./stage.js";

const PACKAGE = new URL("../../../js/dist/web/", import.meta.url);

const EMPTY = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>empty</title>
<script type="module">
  import { createClient, indexedDbStore } from "/mobileim/index.js";
  Object.assign(window, { createClient, indexedDbStore });
</script>`;

/** A server, a browser, and a web site with the package's files and pages with nothing in them but the package. */
export class ClientStage extends Stage {
  /** Where the web site is, without a slash. */
  origin = "";

  constructor() {
    super();
    const site = createServer((request, response) => {
      const path = request.url?.startsWith("/mobileim/") ? request.url.slice("/mobileim/".length) : undefined;
      if (path === undefined) {
        response.setHeader("Content-Type", "text/html").end(EMPTY);
        return;
      }
      response.setHeader("Content-Type", path.endsWith(".wasm") ? "application/wasm" : "text/javascript");
      readFile(new URL(path, PACKAGE)).then(
        (body) => response.end(body),
        () => response.writeHead(404).end(),
      );
    });
    beforeAll(async () => {
      await once(site.listen(0, "127.0.0.1"), "listening");
      this.origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    });
    afterAll(() => void site.close());
  }

  /** The server's address for clients. */
  get url(): string {
    return `ws://${this.server.addresses.ws}/websocket`;
  }

  /** A new browser profile, until the test has ended. */
  async newContext(): Promise<BrowserContext> {
    const context = await this.browser.newContext();
    onTestFinished(() => context.close());
    return context;
  }

  /** A page without a client. */
  async openPage(context: BrowserContext): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${this.origin}/`);
    return page;
  }

  /** Pages in which a user is logged in; with tabs, the first one leads. */
  async openTabs(context: BrowserContext, userId: string, count: number, options = {}): Promise<Page[]> {
    const pages: Page[] = [];
    for (let i = 0; i < count; i += 1) {
      const page = await this.openPage(context);
      await makeClient(page, { url: this.url, ...options });
      await signIn(page, userId);
      pages.push(page);
    }
    return pages;
  }
}
