import { isText } from "../client/arguments.js";
import type { LinkLostReason } from "../client/client.js";
import { loginFailure, questionFailure, sendFailure } from "../client/errors.js";
import type { Account, ClientOptions } from "../client/options.js";
import type { Engine, EngineClass, Failure, Host } from "../platform/engine.js";
import type { MessageStore, StoredMessages } from "../store/store.js";
import { UserStore } from "../store/user-store.js";
import { Connector } from "./connector.js";
import {
  answerReport,
  badMessage,
  eventReport,
  givenUp,
  messageReport,
  type Reporter,
  type Trouble,
} from "./report.js";
import type { Session, SessionStatus } from "./session.js";
import type { Transport } from "./transport.js";

/** The parts of a {@link LocalSession}. */
export interface SessionParts {
  /** The first of the addresses: the server's name in what is kept and shared. */
  url: string;
  urls: string[];
  getToken: ClientOptions["getToken"] | undefined;
  senseMode: ClientOptions["senseMode"] | undefined;
  engineClass: EngineClass;
  seed: [number, number];
  transport: Transport;
  store: MessageStore | undefined;
  /** What logins name; a kind without a device is not told. */
  device: string | undefined;
  platform: string;
}

/** The longest frame that is read, in UTF-16 units: no server's is nearly as long, and the engine's memory has an end. */
const MAX_FRAME = 1 << 24;

/** After this many links to each address that did not open, and none that did, the application is told. */
const UNOPENED = 3;

/** A message that waits until the store is read. */
interface Waiting {
  fp: string;
  send(): void;
}

/** The engine's number for a fingerprint that is in its outbox. */
const IN_USE: Failure = 12;

/** A session in this page: the engine, and what the host does for it. */
export class LocalSession implements Session {
  readonly #engine: Engine;
  readonly #getToken: SessionParts["getToken"];
  readonly #connector: Connector;
  readonly #store: UserStore;
  readonly #report: Reporter;
  /** How many there are. */
  readonly #addresses: number;
  #userId = "";
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Set while the store is being read for a login. */
  #opening: Promise<void> | undefined;
  #waiting: Waiting[] = [];
  #link = 0;
  /** The number of links that did not open before the first one that did. */
  #unopened = 0;
  /** The link for whose login a token is being asked for. */
  #asking: number | undefined;
  /** The troubles that the application was told of, and that are not over. */
  readonly #told = new Set<Trouble["type"]>();
  /** Fingerprints that are yet to be used, of 36 characters each. */
  #fingerprints = "";
  #closed = false;

  constructor(
    { engineClass, seed, senseMode, urls, transport, store, getToken, device, platform }: SessionParts,
    report: Reporter,
  ) {
    this.#getToken = getToken;
    this.#report = report;
    this.#addresses = urls.length;
    this.#store = new UserStore(store, (cause) => report({ type: "store-failed", cause }));
    const settings = [senseMode ?? 0, urls.length, device, platform] as const;
    this.#engine = new engineClass(this.#host(urls), this.keeps, ...seed, ...settings);
    this.#connector = new Connector(transport, {
      // What an earlier page received and sent must be known before the server sends anything.
      opened: (link) => {
        this.#unopened = Number.NEGATIVE_INFINITY;
        this.#told.delete("never-opened");
        void this.#whenRead(() => this.#engine.opened(link));
      },
      received: (link, body) => {
        if (isText(body) && body.length <= MAX_FRAME) this.#engine.received(link, body);
        else report(badMessage(0, "a message: a frame that is no text, or longer than any"));
      },
      closed: (link) => this.#engine.closed(link),
      failed: (cause) => this.#tell("never-opened", cause),
    });
  }

  get keeps(): boolean {
    return this.#store.exists;
  }

  /** With the time of another login it continues that one, whose link the server then replaces without a kick. */
  login({ userId, token, extra }: Account, firstLoginTime = 0): void {
    this.#userId = userId;
    const opening = this.#store.open(userId)?.then((stored) => {
      if (this.#closed || this.#opening !== opening) return;
      this.#opening = undefined;
      if (stored !== undefined) this.#restore(stored);
      this.#sendWaiting();
    });
    // Before the engine reports anything: a listener might send something.
    this.#opening = opening;
    const failure: Failure = this.#engine.login(userId, token, extra, firstLoginTime);
    if (failure === 0) return;
    this.#opening = undefined;
    this.#report({ type: "login-failed", code: loginFailure(failure) });
  }

  logout(): void {
    this.#opening = undefined;
    this.#sendWaiting();
    this.#engine.logout();
  }

  send(to: string, text: string, typeu: number, qos: boolean, fp: string, refs?: string): void {
    const send = () => {
      const taken: Failure = this.#engine.send(to, text, typeu, qos, fp, refs);
      // On its way already: its outcome is this one's too.
      if (taken === IN_USE || (taken === 0 && qos)) return;
      this.#report({ type: "answered", fp, failure: taken === 0 ? undefined : sendFailure(taken) });
    };
    if (this.#opening === undefined) send();
    else this.#waiting.push({ fp, send });
  }

  ask(id: string, question: string): void {
    const failure: Failure = this.#engine.ask(id, question);
    if (failure !== 0) this.#report({ type: "answer", id, text: "", failure: questionFailure(failure) });
  }

  signal(signal: string): void {
    this.#engine.signal(signal);
  }

  newFingerprint(): string {
    if (this.#fingerprints === "") this.#engine.newFingerprints();
    const fp = this.#fingerprints.slice(0, 36);
    this.#fingerprints = this.#fingerprints.slice(36);
    return fp;
  }

  listening(listening: boolean): void {
    this.#engine.listening(listening);
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

  status(): SessionStatus {
    return { link: this.#link, pending: this.#closed ? 0 : this.#engine.pending(), role: "alone" };
  }

  close(): void {
    this.#engine.flush();
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connector.disconnect();
    this.#store.flush();
    for (const { fp } of this.#waiting) this.#report({ type: "answered", fp, failure: "closed" });
    // Not now: this may be a call from inside the engine.
    void Promise.resolve().then(() => this.#engine.free());
  }

  async #whenRead(action: () => void): Promise<void> {
    // At once if nothing is being read: a link is logged in within the task that opened it.
    if (this.#opening !== undefined) await this.#opening;
    if (!this.#closed) action();
  }

  #restore({ received, outbox }: StoredMessages): void {
    this.#engine.restoreReceived(received.filter(isText).join(" "));
    for (const body of outbox) {
      if (!isText(body) || this.#engine.restore(body) !== 0) {
        this.#report({ type: "store-failed", cause: "what it gave back is no message of this user" });
      }
    }
  }

  #sendWaiting(): void {
    for (const { send } of this.#waiting.splice(0)) send();
  }

  /** Does what the engine asks for. */
  #host(urls: string[]): Host {
    const ifOpen =
      <A extends unknown[]>(action: (...args: A) => void) =>
      (...args: A) => {
        if (!this.#closed) action(...args);
      };
    const report = this.#report;
    return {
      connect: ifOpen((link, address) => {
        this.#link = link;
        this.#connector.connect(link, urls[address] as string);
      }),
      transmit: ifOpen((link, frame) => this.#connector.transmit(link, frame)),
      flushSoon: () => void Promise.resolve().then(() => this.#closed || this.#engine.flush()),
      disconnect: ifOpen((link) => this.#connector.disconnect(link)),
      requestToken: ifOpen((link) => void this.#requestToken(link)),
      persist: ifOpen((fp, body) => this.#store.persist(fp, body)),
      remember: ifOpen((hash) => this.#store.remember(hash)),
      fingerprints: (all) => {
        this.#fingerprints = all;
      },
      setTimer: ifOpen((ms) => {
        clearTimeout(this.#timer);
        if (ms >= 0) this.#timer = setTimeout(() => this.#engine.timeout(), ms);
      }),
      message: ifOpen((...message) => report(messageReport(this.#userId, ...message))),
      delivered: ifOpen((fp) => {
        this.#store.forget(fp);
        report({ type: "delivered", fp });
      }),
      lost: ifOpen((to, text, fp, ...why) => {
        this.#store.forget(fp);
        report(givenUp(this.#userId, to, text, fp, ...why));
      }),
      answered: ifOpen((...answer) => report(answerReport(...answer))),
      event: ifOpen((...event) => {
        const told = eventReport(...event);
        if (told === undefined) return;
        report(told);
        if (told.type === "link-lost") this.#lost(told.reason);
      }),
    };
  }

  /** A link was lost, for a reason that the application may have to be told of. */
  #lost(reason: LinkLostReason): void {
    if (reason === "never-opened" || reason === "connect-timeout") {
      this.#unopened += 1;
      if (this.#unopened === UNOPENED * this.#addresses) this.#tell("never-opened");
    } else if (reason === "no-token" && this.#asking !== undefined) {
      this.#asking = undefined;
      this.#tell("token-failed", new Error("no answer within 10 s"));
    }
  }

  /** Tells of a trouble once, until it is over. */
  #tell(type: Trouble["type"], cause?: unknown): void {
    if (this.#closed || this.#told.has(type)) return;
    this.#told.add(type);
    this.#report({ type, cause });
  }

  async #requestToken(link: number): Promise<void> {
    this.#asking = link;
    let token: unknown;
    let failed: { cause: unknown } | undefined;
    try {
      // Not from inside the engine: what it calls takes effect at once.
      await undefined;
      token = await this.#getToken?.(this.#userId);
      if (!isText(token) || token === "")
        throw new TypeError(`it gave an empty text, or none: ${typeof token}`);
    } catch (cause) {
      failed = { cause };
    }
    // Else the engine has given it up.
    if (this.#closed || this.#asking !== link) return;
    this.#asking = undefined;
    if (failed === undefined) {
      this.#told.delete("token-failed");
      this.#engine.token(link, token as string);
    } else {
      this.#engine.tokenFailed(link);
      this.#tell("token-failed", failed.cause);
    }
  }
}
