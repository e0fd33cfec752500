import { type Client, createClient, type Message, webSocketTransport } from "mobileim/node";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

/** A user at a client of the npm package in Node.js. */
export class Peer {
  readonly im: Client;
  readonly messages: Message[] = [];

  private constructor(im: Client) {
    this.im = im;
    im.on("message", (message) => this.messages.push(message));
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

  get texts(): string[] {
    return this.messages.map(({ text }) => text);
  }

  /** When this many messages came. */
  async hears(count: number): Promise<void> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => {
        const stop = this.im.on("message", () => {
          stop();
          resolve();
        });
      });
    }
  }
}
