import { afterAll, beforeAll, onTestFinished } from "vitest";
import type { BrowserContext, Page } from "../../support/browser.js";
import type { Server } from "../../support/server.js";
import { FolderSite } from "../../support/site.js";
import { Stage } from "../../support/stage.js";
import { makeClient, signIn } from "./client-page.js";

/** The folder of all builds. */
const PACKAGE = new URL("../../../js/dist/", import.meta.url);

const EMPTY = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>empty</title>
<script type="module">
  import { createClient, indexedDbStore } from "/web/index.js";
  Object.assign(window, { createClient, indexedDbStore });
</script>`;

/** A server, a browser, and a web site with the package's files and two pages with nothing in them but the package. */
export class ClientStage extends Stage {
  /** Where the web site is, without a slash. */
  origin = "";
  #site: FolderSite | undefined;

  constructor(server?: Server) {
    super(undefined, server);
    beforeAll(async () => {
      const files = { "index.html": EMPTY, "elsewhere.html": EMPTY };
      this.#site = await FolderSite.start(PACKAGE, { files });
      this.origin = new URL(this.#site.url).origin;
    });
    afterAll(() => this.#site?.stop());
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
