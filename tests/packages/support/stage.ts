import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { launchBrowser } from "../../browser/support/browser.js";
import { Server } from "../../browser/support/server.js";
import { TcpProxy } from "../../browser/support/tcp-proxy.js";
import { ChatPage } from "./chat-page.js";
import { Peer } from "./peer.js";

type Browser = Awaited<ReturnType<typeof launchBrowser>>;

/** For all tests of a file: a server, a browser, and a network between them that can be cut. */
export class Stage {
  readonly server = new Server();
  readonly network = new TcpProxy(() => this.server.addresses.ws);
  #browser: Browser | undefined;
  #bob: Peer | undefined;

  constructor() {
    beforeAll(async () => {
      await this.server.start();
      this.#browser = await launchBrowser();
    });
    beforeEach(async () => {
      this.network.mend();
      this.#bob = await Peer.login(`ws://${this.server.addresses.ws}/websocket`, "bob");
    });
    afterEach(() => this.#bob?.leave());
    beforeAll(async () => {
      await this.network.start();
    });
    afterAll(async () => {
      await this.#browser?.close();
      await this.network.stop();
      await this.server.stop();
    });
  }

  /** The server's address, behind the network. */
  get url(): string {
    return `ws://${this.network.address}/websocket`;
  }

  /** Whom a page chats with; logged in anew for each test. */
  get bob(): Peer {
    if (this.#bob === undefined) throw new Error("bob is there only while tests run");
    return this.#bob;
  }

  /** Opens a page of a fixture, in a browser profile of its own, as a user. */
  async open(address: string, userId: string, initScript?: string): Promise<ChatPage> {
    if (this.#browser === undefined) throw new Error("the browser runs only while tests do");
    const context = await this.#browser.newContext();
    if (initScript !== undefined) await context.addInitScript(initScript);
    return ChatPage.open(
      await context.newPage(),
      `${address}?${new URLSearchParams({ url: this.url, user: userId })}`,
      userId,
    );
  }
}
