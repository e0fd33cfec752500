import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, inject } from "vitest";
import { Peer } from "../../support/peer.js";
import { Server } from "../../support/server.js";
import { TcpProxy } from "../../support/tcp-proxy.js";
import { Browser } from "./browser.js";
import type { PageName } from "./builds.js";
import { Page } from "./page.js";
import { Site } from "./site.js";

interface Cast {
  server: Server;
  browser: Browser;
  site: Site;
}

/** A server, a browser and a web site for all tests of a file. */
export class Stage {
  #cast: Cast | undefined;

  /** @param server - makes it, with flags of the stage's own */
  constructor(server = (flags: string[]) => new Server(flags)) {
    let data = "";
    beforeAll(async () => {
      data = await mkdtemp(join(tmpdir(), "mobileim-data-"));
      // What waits must survive a restart, and a dead link be noticed soon.
      const started = server(["--data-dir", data, "--sense", "ws=3s"]);
      await started.start();
      const site = await Site.start(() => started.page);
      this.#cast = { server: started, site, browser: await Browser.launch(inject("browser")) };
    });
    afterAll(async () => {
      await this.#cast?.browser.close();
      this.#cast?.site.stop();
      await this.#cast?.server.stop();
      await rm(data, { recursive: true, force: true });
    });
  }

  get server(): Server {
    return this.#running.server;
  }

  get site(): Site {
    return this.#running.site;
  }

  get browser(): Browser {
    return this.#running.browser;
  }

  /** The address for clients that reach the server directly. */
  get url(): string {
    return `ws://${this.server.addresses.ws}/websocket`;
  }

  /** A network between a browser and the server, and the address for clients behind it. */
  async network(): Promise<{ network: TcpProxy; url: string }> {
    const network = await TcpProxy.untilTestEnds(this.server);
    return { network, url: `ws://${network.address}/websocket` };
  }

  /** A page in a window of its own. */
  async page(build: PageName = inject("build")): Promise<Page> {
    const page = await Page.open(this.browser);
    await page.load(`${this.site.url}?build=${build}`);
    return page;
  }

  /** A page whose client is logged in. */
  async user(userId: string, url = this.url): Promise<Page> {
    const page = await this.page();
    await page.login(userId, url);
    return page;
  }

  /** A user at a client of the npm package in Node.js. */
  async peer(userId: string): Promise<Peer> {
    return Peer.login(this.url, userId);
  }

  get #running(): Cast {
    if (this.#cast === undefined) throw new Error("server, browser and site run only while tests do");
    return this.#cast;
  }
}
