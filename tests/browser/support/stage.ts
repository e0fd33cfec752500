import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { launchBrowser } from "./browser.js";
import { Server } from "./server.js";

/** A server and a browser for all tests of a file. */
export class Stage {
  readonly server = new Server();
  #browser: Browser | undefined;

  constructor() {
    beforeAll(async () => {
      await this.server.start();
      this.#browser = await launchBrowser();
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.server.stop();
    });
  }

  get browser(): Browser {
    if (this.#browser === undefined) throw new Error("the browser runs only while tests do");
    return this.#browser;
  }
}
