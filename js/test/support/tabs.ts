import { onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import type { Client } from "../../src/client/client.js";
import { createClientOn } from "../../src/client/create-client.js";
import type { ClientOptions } from "../../src/client/options.js";
import { barePlatform } from "../../src/platform/bare.js";
import { inlinedEngine } from "../../src/platform/inlined.js";
import type { Hints } from "../../src/platform/platform.js";
import { webSocketTransport } from "../../src/session/transport.js";
import { shareBetweenTabs } from "../../src/tabs/shared.js";
import type { FakeServer } from "./fake-server.js";

interface Request {
  granted: () => Promise<void> | undefined;
  resolve(): void;
  reject(error: Error): void;
}

/** Web Locks as browsers have them, as far as they are used here. */
class FakeLocks {
  readonly #waiting = new Map<string, Request[]>();

  request(
    name: string,
    options: { steal?: boolean; signal?: AbortSignal },
    granted: Request["granted"],
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const request: Request = { granted, resolve, reject };
      const queue = this.#waiting.get(name) ?? [];
      this.#waiting.set(name, queue);
      options.signal?.addEventListener("abort", () => {
        const at = queue.indexOf(request);
        if (at <= 0) return;
        queue.splice(at, 1);
        reject(new Error("AbortError"));
      });
      if (options.steal) {
        queue.shift()?.reject(new Error("stolen"));
        queue.unshift(request);
      } else if (queue.push(request) > 1) return;
      this.#grant(queue, request);
    });
  }

  #grant(queue: Request[], request: Request): void {
    // As in a browser, not before the call has returned.
    setTimeout(async () => {
      if (queue[0] !== request) return;
      await request.granted();
      request.resolve();
      if (queue[0] !== request) return;
      queue.shift();
      if (queue[0] !== undefined) this.#grant(queue, queue[0]);
    });
  }
}

/** Pretends to be a browser with tabs, until the test ends. */
export function browser(): void {
  vi.stubGlobal("navigator", { locks: new FakeLocks(), userAgent: "a test" });
  onTestFinished(() => {
    vi.unstubAllGlobals();
  });
}

/** What the browser tells the tab that was opened last. */
let opened: Hints;

/** One engine for all: the glue knows one. */
const createClient = createClientOn({
  ...barePlatform(inlinedEngine),
  share: shareBetweenTabs,
  watch: (hints) => {
    opened = hints;
    return () => {};
  },
});

/** A tab's client, which shares its connection with those of the other tabs in a {@link browser}. */
export async function openTab(server: FakeServer, options: Partial<ClientOptions> = {}): Promise<Client> {
  const [im] = await openWatchedTab(server, options);
  return im;
}

/** The same, with what the browser tells it. */
export async function openWatchedTab(
  server: FakeServer,
  options: Partial<ClientOptions> = {},
): Promise<[im: Client, hints: Hints]> {
  const im = await createClient({
    url: server.url,
    transport: webSocketTransport(WebSocket),
    getToken: () => "a-token",
    ...options,
  });
  const hints = opened;
  onTestFinished(() => im.close());
  return [im, hints];
}
