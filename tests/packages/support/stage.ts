import { afterAll, beforeAll, beforeEach } from "vitest";
import { Peer } from "../../support/peer.js";
import { Stage as BrowserStage } from "../../support/stage.js";
import { TcpProxy } from "../../support/tcp-proxy.js";
import { ChatPage } from "./chat-page.js";

/** For all tests of a file: a server, a browser, and a network between them that can be cut. */
export class Stage extends BrowserStage {
  readonly network = new TcpProxy(() => this.server.addresses.ws);
  #bob: Peer | undefined;

  constructor() {
    super();
    beforeAll(async () => {
      await this.network.start();
    });
    beforeEach(async () => {
      this.network.mend();
      this.#bob = await Peer.login(`ws://${this.server.addresses.ws}/websocket`, "bob");
    });
    afterAll(() => this.network.stop());
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
    const context = await this.browser.newContext();
    if (initScript !== undefined) await context.addInitScript(initScript);
    return ChatPage.open(
      await context.newPage(),
      `${address}?${new URLSearchParams({ url: this.url, user: userId })}`,
      userId,
    );
  }
}
