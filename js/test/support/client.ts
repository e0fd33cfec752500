import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import {
  type Client,
  type ClientEvents,
  type ClientOptions,
  createClient,
  webSocketTransport,
} from "../../src/entries/node.js";
import { type Answer, FakeServer } from "./fake-server.js";

/** A client of a fake server; both end with the test. */
export async function start(
  answer?: Answer,
  options: Partial<ClientOptions> = {},
): Promise<{ server: FakeServer; im: Client }> {
  const server = await FakeServer.start(answer);
  onTestFinished(() => server.stop());
  return { server, im: await connectTo(server, options) };
}

/** Another client of a fake server. */
export async function connectTo(server: FakeServer, options: Partial<ClientOptions> = {}): Promise<Client> {
  const im = await createClient({
    url: server.url,
    transport: webSocketTransport(WebSocket),
    getToken: () => "a-token",
    ...options,
  });
  onTestFinished(() => im.close());
  return im;
}

/** The next event of a kind, that a condition holds for. */
export function next<K extends keyof ClientEvents>(
  im: Client,
  type: K,
  condition: (event: ClientEvents[K]) => boolean = () => true,
): Promise<ClientEvents[K]> {
  return new Promise((resolve) => {
    const stop = im.on(type, (event) => {
      if (!condition(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** What a promise is rejected with. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`resolved with ${JSON.stringify(value)}`);
    },
    (error: unknown) => error,
  );
}
