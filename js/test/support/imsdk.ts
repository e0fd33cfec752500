import { onTestFinished, vi } from "vitest";
import { WebSocket } from "ws";
import { type Client, createClient, webSocketTransport } from "../../src/entries/node.js";
import type { Callbacks } from "../../src/imsdk/api.js";
import { type ImsdkNames, installImsdk } from "../../src/imsdk/install.js";
import { type Answer, FakeServer } from "./fake-server.js";

/** Everything that `IMSDK` called, in order, and a way to wait for it. */
export class CallLog {
  readonly calls: [name: string, ...args: unknown[]][] = [];
  #waiting: (() => void)[] = [];

  /** Assigns a callback of every name but those. */
  constructor({ IMSDK }: ImsdkNames, ...without: (keyof Callbacks)[]) {
    const names = Object.keys(IMSDK).filter((name) => name.startsWith("callback_"));
    for (const name of names as (keyof Callbacks)[]) {
      if (without.includes(name)) continue;
      IMSDK[name] = (...args: unknown[]) => {
        this.calls.push([name.slice("callback_".length), ...args]);
        for (const resolve of this.#waiting.splice(0)) resolve();
      };
    }
  }

  /** The arguments of all calls of a name so far. */
  of(name: string): unknown[][] {
    return this.calls.filter((call) => call[0] === name).map(([, ...args]) => args);
  }

  /** When a name was called so often: the arguments of that call. */
  async called(name: string, times = 1): Promise<unknown[]> {
    for (;;) {
      const args = this.of(name)[times - 1];
      if (args) return args;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The names called so far, without logs and heartbeats. */
  get names(): string[] {
    return this.calls.map(([name]) => name).filter((name) => !/^onIM(Log|Ping|Pong)$/.test(name));
  }
}

/** The globals of a page, over a fake server; all ends with the test. */
export async function startImsdk(
  answer?: Answer,
): Promise<ImsdkNames & { server: FakeServer; clients: Client[]; login(userId: string | number): void }> {
  const server = await FakeServer.start(answer);
  onTestFinished(() => server.stop());
  const clients: Client[] = [];
  const names = installImsdkHere(clients);
  const login = (loginUserId: string | number) =>
    names.IMSDK.loginImpl({ loginUserId, loginToken: "a-token" }, server.url, false);
  return { ...names, server, clients, login };
}

/** The globals of a page, which may have some already; what they make is added to `clients`. */
export function installImsdkHere(clients: Client[] = [], page = {} as ImsdkNames): ImsdkNames {
  installImsdk(page, {
    createClient: async (options) => {
      const client = await createClient({ transport: webSocketTransport(WebSocket), ...options });
      clients.push(client);
      onTestFinished(() => client.close());
      return client;
    },
    random: () => crypto.getRandomValues(new Uint32Array(1))[0] ?? 0,
    alert: (text) => globalThis.alert?.(text),
  });
  return page;
}

/** What the host's `alert` and console are told of, until the test ends. */
export function watchHost(): { alerts: unknown[]; errors: unknown[] } {
  const alerts: unknown[] = [];
  const errors: unknown[] = [];
  vi.stubGlobal("alert", (text: unknown) => alerts.push(text));
  const spy = vi.spyOn(console, "error").mockImplementation((text) => void errors.push(text));
  onTestFinished(() => {
    vi.unstubAllGlobals();
    spy.mockRestore();
  });
  return { alerts, errors };
}
