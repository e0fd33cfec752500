import type { Driver, DriverStatus, Reports } from "./driver.js";
import type { Engine, EngineClass, Failure, Host } from "./engine.js";
import { sendFailure } from "./errors.js";
import { Links } from "./links.js";
import type { ClientOptions, LoginOptions } from "./options.js";
import type { MessageStore, StoredMessages } from "./store.js";
import { StoreWriter } from "./store-writer.js";
import type { Transport } from "./transport.js";

/** What an {@link EngineDriver} is made of. */
export interface EngineParts {
  url: string;
  getToken: ClientOptions["getToken"] | undefined;
  senseMode: ClientOptions["senseMode"] | undefined;
  engineClass: EngineClass;
  seed: [number, number];
  transport: Transport;
  store: MessageStore | undefined;
}

/** A message that waits until the store was read. */
interface Waiting {
  fp: string;
  send(): void;
}

/** The engine in this page, and what the host does for it. */
export class EngineDriver implements Driver {
  readonly #engine: Engine;
  readonly #getToken: EngineParts["getToken"];
  readonly #links: Links;
  readonly #store: StoreWriter;
  readonly #reports: Reports;
  #userId = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Set while the store is being read for a login. */
  #opening: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #link = 0;
  /** New ones, of 36 characters each. */
  #fingerprints = "";
  #closed = false;

  constructor(
    { engineClass, seed, senseMode, url, transport, store, getToken }: EngineParts,
    reports: Reports,
  ) {
    this.#getToken = getToken;
    this.#reports = reports;
    this.#store = new StoreWriter(store, (cause) => reports.trouble("store-failed", cause));
    this.#engine = new engineClass(this.#host(), this.keeps, ...seed, senseMode ?? 0);
    this.#links = new Links(url, transport, {
      // What an earlier page received and sent must be known before the server sends anything.
      opened: (link) => void this.#whenRead(() => this.#engine.opened(link)),
      received: (link, body) => this.#engine.received(link, body),
      closed: (link) => this.#engine.closed(link),
    });
  }

  get keeps(): boolean {
    return this.#store.exists;
  }

  /** With the time of another login it goes that one on, whose link the server then replaces without a word. */
  login({ userId, token, extra }: LoginOptions, firstLoginTime = 0): void {
    this.#userId = userId;
    const opening = this.#store.open(userId)?.then((stored) => {
      if (this.#closed || this.#opening !== opening) return;
      this.#opening = undefined;
      if (stored !== undefined) this.#restore(stored);
      this.#sendWaiting();
    });
    // Before the engine tells anybody, who might send something.
    this.#opening = opening;
    this.#engine.login(userId, token, extra, firstLoginTime);
  }

  logout(): void {
    this.#opening = undefined;
    this.#sendWaiting();
    this.#engine.logout();
  }

  send(to: string, text: string, typeu: number, qos: boolean, fp: string): void {
    const send = () => {
      const failure: Failure = this.#engine.send(to, text, typeu, qos, fp);
      if (failure !== 0 || !qos) this.#reports.answered(fp, failure === 0 ? undefined : sendFailure(failure));
    };
    if (this.#opening === undefined) send();
    else this.#waiting.push({ fp, send });
  }

  newFingerprint(): string {
    const all = this.#fingerprints || this.#engine.newFingerprints();
    this.#fingerprints = all.slice(36);
    return all.slice(0, 36);
  }

  visible(visible: boolean): void {
    this.#store.flush();
    this.#engine.visible(visible);
  }

  network(available: boolean): void {
    this.#engine.network(available);
  }

  resting(): void {
    // The engine finds out by itself how long nothing was done.
    this.#store.flush();
  }

  status(): DriverStatus {
    return { link: this.#link, pending: this.#closed ? 0 : this.#engine.pending(), role: "alone" };
  }

  close(): void {
    this.#engine.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#links.disconnect();
    this.#store.flush();
    for (const { fp } of this.#waiting) this.#reports.answered(fp, "closed");
    // Not now: this may be a call from inside the engine.
    void Promise.resolve().then(() => this.#engine.free());
  }

  async #whenRead(action: () => void): Promise<void> {
    // At once where nothing is read: a link is logged in within the task that opened it.
    if (this.#opening !== undefined) await this.#opening;
    if (!this.#closed) action();
  }

  #restore({ received, outbox }: StoredMessages): void {
    this.#engine.restoreReceived(received.join(" "));
    for (const body of outbox) {
      if (this.#engine.restore(body) !== 0) {
        this.#reports.trouble("store-failed", "what it gave back is no message of this user");
      }
    }
  }

  #sendWaiting(): void {
    for (const { send } of this.#waiting.splice(0)) send();
  }

  /** What the engine may ask for. */
  #host(): Host {
    const ifOpen =
      <A extends unknown[]>(action: (...args: A) => void) =>
      (...args: A) => {
        if (!this.#closed) action(...args);
      };
    const reports = this.#reports;
    return {
      connect: ifOpen((link) => {
        this.#link = link;
        this.#links.connect(link);
      }),
      transmit: ifOpen((link, frame) => this.#links.transmit(link, frame)),
      flushSoon: () => void Promise.resolve().then(() => this.#closed || this.#engine.flush()),
      disconnect: ifOpen((link) => this.#links.disconnect(link)),
      requestToken: ifOpen((link) => void this.#requestToken(link)),
      persist: ifOpen((fp, body) => this.#store.persist(fp, body)),
      remember: ifOpen((hash) => this.#store.remember(hash)),
      setTimer: ifOpen((ms) => {
        clearTimeout(this.#timer);
        if (ms >= 0) this.#timer = setTimeout(() => this.#engine.timeout(), ms);
      }),
      message: ifOpen(reports.message),
      delivered: ifOpen((fp) => {
        this.#store.forget(fp);
        reports.delivered(fp);
      }),
      lost: ifOpen((to, text, fp, ...why) => {
        this.#store.forget(fp);
        reports.lost(to, text, fp, ...why);
      }),
      event: ifOpen(reports.event),
    };
  }

  async #requestToken(link: number): Promise<void> {
    try {
      const token: unknown = await this.#getToken?.(this.#userId);
      if (typeof token !== "string") throw new TypeError("it gave no string");
      if (!this.#closed) this.#engine.token(link, token);
    } catch (cause) {
      if (this.#closed) return;
      this.#engine.tokenFailed(link);
      this.#reports.trouble("token-failed", cause);
    }
  }
}
