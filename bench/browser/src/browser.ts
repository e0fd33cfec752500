import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import CDP from "chrome-remote-interface";

/**
 * Headless Chromium, with nothing between it and this program.
 *
 * Not Playwright: it switches on DevTools' view of the network, which then has each WebSocket frame reported to it, on the
 * page's main thread.
 */
export class Browser {
  readonly version: string;
  readonly #child: ChildProcess;
  readonly #client: CDP.Client;
  readonly #port: number;
  readonly #profile: string;

  private constructor(
    child: ChildProcess,
    client: CDP.Client,
    port: number,
    profile: string,
    version: string,
  ) {
    this.#child = child;
    this.#client = client;
    this.#port = port;
    this.#profile = profile;
    this.version = version;
  }

  static async launch(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), "mobileim-chromium-"));
    // Root has no sandbox, and /dev/shm may be small; most of the rest keeps it from calling home.
    const flags =
      "--headless --no-sandbox --disable-dev-shm-usage --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync --remote-debugging-port=0";
    const args = [...flags.split(" "), `--user-data-dir=${profile}`, "about:blank"];
    const child = spawn(process.env.CHROMIUM ?? "/usr/bin/chromium", args, {
      stdio: ["ignore", "ignore", "pipe"],
    });
    // However this program ends.
    process.once("exit", () => child.kill());
    for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
    for await (const line of createInterface({ input: child.stderr })) {
      const url = /^DevTools listening on (ws:.*)$/.exec(line)?.[1];
      if (url === undefined) continue;
      child.stderr.resume();
      const client = await CDP({ target: url });
      const { product } = await client.Browser.getVersion();
      return new Browser(child, client, Number(new URL(url).port), profile, product);
    }
    throw new Error("chromium ended before it listened");
  }

  /** A page in a new browser context: nothing is cached, neither files nor compiled code. */
  async open(url: string): Promise<Page> {
    const { browserContextId } = await this.#client.Target.createBrowserContext({});
    const { targetId } = await this.#client.Target.createTarget({ url: "about:blank", browserContextId });
    const client = await CDP({ port: this.#port, target: targetId });
    // CPU time and not time: other processes have the cores now and then.
    await client.Performance.enable({ timeDomain: "threadTicks" });
    await client.Page.enable();
    const loaded = client.Page.loadEventFired();
    await client.Page.navigate({ url });
    await loaded;
    return new Page(client, async () => {
      await client.close();
      await this.#client.Target.disposeBrowserContext({ browserContextId });
    });
  }

  async close(): Promise<void> {
    const exited = once(this.#child, "exit");
    await this.#client.Browser.close();
    await exited;
    await rm(this.#profile, { recursive: true, force: true });
  }
}

/** Seconds of CPU time of a page's main thread. */
export interface Times {
  /** All that it did. */
  thread: number;
  /** The part of it in script, wasm and garbage collection included. */
  script: number;
}

export class Page {
  readonly client: CDP.Client;
  readonly #close: () => Promise<void>;

  constructor(client: CDP.Client, close: () => Promise<void>) {
    this.client = client;
    this.#close = close;
  }

  /** What an expression comes to in the page, once its promise is kept. */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.client.Runtime.evaluate({
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(`in the page: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
    }
    return result.value as T;
  }

  async times(): Promise<Times> {
    const { metrics } = await this.client.Performance.getMetrics();
    const value = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
    return { thread: value("ThreadTime"), script: value("ScriptDuration") };
  }

  async close(): Promise<void> {
    await this.#close();
  }
}
