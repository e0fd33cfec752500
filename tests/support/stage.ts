import { afterAll, beforeAll } from "vitest";
import { type Browser, type LaunchOptions, launchBrowser } from "./browser.js";
import { Server } from "./server.js";

/** A server and a browser for all tests of a file. */
export class Stage {
  readonly server: Server;
  #browser: Browser | undefined;

  /** @param launch - gives the browser's options, once the server is running */
  constructor(launch: (server: Server) => LaunchOptions = () => ({}), server: Server = new Server()) {
    this.server = server;
    beforeAll(async () => {
      await this.server.start();
      this.#browser = await launchBrowser(launch(this.server));
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
