import { type Client, createClient, type Message, webSocketTransport } from "mobileim/node";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

/** A user at a client of the npm package in Node.js: the other side of a chat. */
export class Peer {
  readonly im: Client;
  readonly #messages: Message[] = [];
  #changed: (() => void)[] = [];

  private constructor(im: Client) {
    this.im = im;
    im.on("message", (message) => {
      this.#messages.push(message);
      for (const resolve of this.#changed.splice(0)) resolve();
    });
  }

  /** A client that is logged in until the test ends. */
  static async login(url: string, userId: string): Promise<Peer> {
    const im = await createClient({
      url,
      transport: webSocketTransport(WebSocket),
      getToken: () => "a-token",
    });
    onTestFinished(() => im.close());
    const peer = new Peer(im);
    await im.login({ userId });
    return peer;
  }

  /** What was received, of everybody. */
  get texts(): string[] {
    return this.#messages.map(({ text }) => text);
  }

  /** Waits until this many messages came. */
  async hears(count: number): Promise<void> {
    while (this.#messages.length < count) await this.#change();
  }

  /** Waits until this many messages of one user came, and gives the texts of all of that user's. */
  async hearsFrom(from: string, count: number): Promise<string[]> {
    for (;;) {
      const texts = this.#messages.filter((message) => message.from === from).map(({ text }) => text);
      if (texts.length >= count) return texts;
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }
}
