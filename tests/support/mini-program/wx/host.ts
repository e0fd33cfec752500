import { Sockets, type StandardSocket } from "./sockets.js";
import { type Shelf, Storage } from "./storage.js";

/** What a stand-in is made of, in Node and in a browser. */
export interface Parts {
  socketClass: new (url: string) => StandardSocket;
  shelf: Shelf;
  random(length: number): ArrayBuffer;
  /** The base library's version. */
  version?: string;
}

interface RequestOptions {
  url: string;
  method: string;
  data: object;
  timeout: number;
  success(result: { statusCode: number; data: unknown; header: object; errMsg: string }): void;
  fail(result: { errMsg: string }): void;
}

/** Sends JSON, which is the host's way if it is not told otherwise, and reads JSON if that is what comes. */
async function request({ url, method, data, timeout, success, fail }: RequestOptions): Promise<void> {
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify(data);
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(timeout) });
    text = await answer.text();
  } catch (error) {
    return fail({ errMsg: `request:fail ${error}` });
  }
  let read: unknown = text;
  try {
    read = JSON.parse(text);
  } catch {
    // The host gives it as a text, too.
  }
  const header = Object.fromEntries(answer.headers);
  success({ statusCode: answer.status, data: read, header, errMsg: "request:ok" });
}

type Listener<T> = (event: T) => void;

/**
 * A stand-in for the logic half of WeChat's `wx`: sockets, storage, randomness, life cycle. It keeps the host's rules where
 * they are known and stricter than a browser's. Nothing else in these tests is a stand-in but this and its page half.
 */
export class StandInHost {
  readonly sockets: Sockets;
  readonly storage: Storage;
  /** What the user was told. */
  readonly modals: string[] = [];
  readonly #parts: Parts;
  readonly #untold: (() => void)[] = [];
  readonly #shown = new Set<Listener<object>>();
  readonly #hidden = new Set<Listener<object>>();
  readonly #network = new Set<Listener<{ isConnected: boolean; networkType: string }>>();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.sockets = new Sockets(parts.socketClass);
    this.storage = new Storage(parts.shelf);
  }

  /** The `wx` object. */
  surface(): Record<string, unknown> {
    const { random, version = "3.8.0" } = this.#parts;
    return {
      ...this.storage.surface(),
      connectSocket: (options: { url: string }) => this.sockets.connect(options),
      request: (options: RequestOptions) => void request(options),
      getRandomValues: ({ length, success }: { length: number; success(result: object): void }) => {
        setTimeout(() => success({ randomValues: random(length), errMsg: "getRandomValues:ok" }));
      },
      showModal: ({ content, success }: { content: string; success(result: object): void }) => {
        this.modals.push(content);
        setTimeout(() => success({ confirm: true, cancel: false, errMsg: "showModal:ok" }));
      },
      getSystemInfoSync: () => ({ SDKVersion: version }),
      onAppShow: (listener: Listener<object>) => this.#shown.add(listener),
      offAppShow: (listener: Listener<object>) => this.#shown.delete(listener),
      onAppHide: (listener: Listener<object>) => this.#hidden.add(listener),
      offAppHide: (listener: Listener<object>) => this.#hidden.delete(listener),
      onNetworkStatusChange: (listener: Listener<object>) => this.#network.add(listener),
      offNetworkStatusChange: (listener: Listener<object>) => this.#network.delete(listener),
    };
  }

  /** The user leaves the app. */
  hide(): void {
    for (const listener of this.#hidden) listener({ reason: 0 });
  }

  /** What five seconds in the background do. The app hears of it when it is back. */
  suspend(): void {
    this.#untold.push(this.sockets.interrupt());
  }

  /** The user comes back. */
  show(): void {
    for (const tell of this.#untold.splice(0)) tell();
    for (const listener of this.#shown) listener({ scene: 1001 });
  }

  network(isConnected: boolean): void {
    for (const listener of this.#network)
      listener({ isConnected, networkType: isConnected ? "wifi" : "none" });
  }
}
