import { type Client, createClient, type Message, webSocketTransport } from "mobileim/node";
import { WebSocket } from "ws";

/** The other side of a chat: the package's own client for Node.js. */
export class Peer {
  readonly #client: Client;
  readonly #messages: Message[] = [];
  #changed: (() => void)[] = [];

  private constructor(client: Client) {
    this.#client = client;
    client.on("message", (message) => {
      this.#messages.push(message);
      for (const resolve of this.#changed.splice(0)) resolve();
    });
  }

  /** Logs in. */
  static async login(url: string, userId: string): Promise<Peer> {
    const transport = webSocketTransport(WebSocket);
    const peer = new Peer(await createClient({ url, transport, getToken: () => "a-token" }));
    await peer.#client.login({ userId });
    return peer;
  }

  /** Sends, and waits until it is delivered or safe. */
  async says(to: string, text: string): Promise<void> {
    await this.#client.send(to, text);
  }

  /** Waits for as many texts of somebody as are given, and gives what there is. */
  async hears(from: string, count: number): Promise<string[]> {
    for (;;) {
      const texts = this.#messages.filter((message) => message.from === from).map(({ text }) => text);
      if (texts.length >= count) return texts;
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
  }

  leave(): void {
    this.#client.close();
  }
}
