import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";

const PACKAGE = new URL("../../../js/dist/web/", import.meta.url);

const EMPTY = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>empty</title>
<script type="module">
  import { createClient } from "/mobileim/index.js";
  import { indexedDbStore } from "/mobileim/indexed-db.js";
  Object.assign(window, { createClient, indexedDbStore });
</script>`;

/** A web site for all tests of a file: the package's files, and pages with nothing in them but the package. */
export class Site {
  /** Where it is, without a slash. */
  origin = "";

  constructor() {
    const site = createServer((request, response) => {
      const path = request.url?.startsWith("/mobileim/") ? request.url.slice("/mobileim/".length) : undefined;
      if (path === undefined) {
        response.setHeader("Content-Type", "text/html").end(EMPTY);
        return;
      }
      response.setHeader("Content-Type", path.endsWith(".wasm") ? "application/wasm" : "text/javascript");
      readFile(new URL(path, PACKAGE)).then(
        (body) => response.end(body),
        () => response.writeHead(404).end(),
      );
    });
    beforeAll(async () => {
      await once(site.listen(0, "127.0.0.1"), "listening");
      this.origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    });
    afterAll(() => void site.close());
  }
}

/** What a {@link ClientPage} leaves in its window, for the functions that it evaluates there. */
export interface ClientWindow extends Window {
  createClient: typeof import("../../../js/dist/web/index.js").createClient;
  indexedDbStore: typeof import("../../../js/dist/web/indexed-db.js").indexedDbStore;
  im: import("../../../js/dist/web/index.js").Client;
  /** The texts of messages, in the order they were shown. */
  shown: string[];
  /** The codes of `error` events. */
  errors: (string | number)[];
  /** The states the client went through. */
  states: string[];
  /** How sent messages ended, by fingerprint: `delivered` or the reason. */
  outcomes: Record<string, string>;
  kicked: number;
}

/** Makes the page's client. What is to be evaluated in pages cannot refer to anything outside of itself. */
export async function makeClient(page: Page, options: object): Promise<void> {
  await page.evaluate(async (options) => {
    const page = window as unknown as ClientWindow;
    Object.assign(page, { shown: [], errors: [], states: [], outcomes: {}, kicked: 0 });
    page.im = await page.createClient({ getToken: () => "any", ...(options as { url: string }) });
    page.im.on("message", ({ text }) => page.shown.push(text));
    page.im.on("error", ({ code }) => page.errors.push(code));
    page.im.on("state", (state) => page.states.push(state));
    page.im.on("kicked", () => {
      page.kicked += 1;
    });
  }, options);
}

/** Begins to send texts, with their first words as fingerprints; how they end will be in the page's `outcomes`. */
export function send(page: Page, to: string, texts: readonly string[]): Promise<void> {
  return page.evaluate(
    ([to, texts]) => {
      const { im, outcomes } = window as unknown as ClientWindow;
      for (const text of texts) {
        const fp = text.split(" ")[0] ?? "";
        im.send(to, text, { fp }).then(
          () => {
            outcomes[fp] = "delivered";
          },
          (error: { reason: string }) => {
            outcomes[fp] = error.reason;
          },
        );
      }
    },
    [to, texts] as const,
  );
}

/** When the promises of all these messages are resolved, by fingerprint. */
export async function delivered(page: Page, fps: readonly string[]): Promise<void> {
  await page.waitForFunction((fps) => {
    const { outcomes } = window as unknown as ClientWindow;
    return fps.every((fp) => outcomes[fp] === "delivered");
  }, fps);
}

/** Something that the page's window has. */
export function look<K extends keyof ClientWindow>(page: Page, what: K): Promise<ClientWindow[K]> {
  return page.evaluate((what) => (window as unknown as ClientWindow)[what], what) as Promise<ClientWindow[K]>;
}

/** Texts to send: `prefix-0`, `prefix-1` and so on. */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
