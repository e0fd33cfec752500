import type { Client, ClientEvents, ClientState, Delivered, LogEntry, Message } from "./client.js";
import { Deferred } from "./deferred.js";
import { Deliveries } from "./deliveries.js";
import { Emitter, type Listener } from "./emitter.js";
import type { Engine, EngineClass, Host, LinkLostReason, State } from "./engine.js";
import * as errors from "./errors.js";
import { Links } from "./links.js";
import type { ClientOptions, LoginOptions, SendOptions } from "./options.js";
import type { Platform } from "./platform.js";
import { StoreWriter } from "./store-writer.js";

/** The client: the engine, what the host does for it, and the promises that the engine's events settle. */
export class EngineClient implements Client {
  state: ClientState = "offline";
  userId: string | undefined;

  readonly #getToken: ClientOptions["getToken"];
  readonly #engine: Engine;
  readonly #links: Links;
  readonly #store: StoreWriter;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #deliveries = new Deliveries();
  readonly #stopWatching: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #login: Deferred<void> | undefined;
  /** Set while the store is being read for a login. */
  #opening: Promise<unknown> | undefined;
  #disposed = false;

  constructor(engineClass: EngineClass, platform: Platform, options: ClientOptions, seed: [number, number]) {
    this.#getToken = options.getToken;
    this.#links = new Links(options.url, options.transport ?? platform.transport);
    this.#store = new StoreWriter(options.store, (error) => this.#emitter.emit("error", error));
    this.#engine = new engineClass(this.#host(), ...seed, options.senseMode ?? 0);
    this.#stopWatching = platform.watch({
      visible: (visible) => this.#engine.visible(visible),
      network: (available) => this.#engine.network(available),
    });
  }

  async login(options: LoginOptions): Promise<void> {
    if (this.#disposed) throw new errors.LoginError("closed");
    if (options.userId === "") throw new errors.LoginError("no-user-id");
    if (options.token === undefined && this.#getToken === undefined) throw new errors.LoginError("no-token");
    const idle = this.#login === undefined && (this.state === "offline" || this.state === "closed");
    if (!idle && options.userId !== this.userId) throw new errors.LoginError("other-user");
    if (this.state === "online") return;
    if (this.#login === undefined) {
      const login = new Deferred<void>();
      this.#login = login;
      if (idle) void this.#beginLogin(login, options);
    }
    await this.#login.promise;
  }

  async logout(): Promise<void> {
    if (this.#disposed) return;
    this.#engine.logout();
    this.#failLogin(new errors.LoginError("logged-out"));
  }

  async send(to: string, text: string, options: SendOptions = {}): Promise<Delivered> {
    const { typeu = -1, qos = true, fp = this.newFingerprint() } = options;
    if (this.#opening !== undefined) await this.#opening;
    if (this.#disposed) throw new errors.SendError("closed", fp);
    // Before the engine is told, as a fast answer may come before its `send` returns.
    const delivery = qos ? this.#deliveries.expect(fp) : Promise.resolve({ fp });
    const failure = this.#engine.send(to, text, typeu, qos, fp);
    if (failure !== 0) {
      const error = errors.sendError(failure, fp);
      if (!qos) throw error;
      // A fingerprint that the engine has already: the message is on its way, and its outcome is this one's too.
      if (error.reason !== "bad-fingerprint" || fp === "") this.#deliveries.reject(error);
    }
    return delivery;
  }

  newFingerprint(): string {
    return this.#disposed ? "" : this.#engine.newFingerprint();
  }

  on<K extends keyof ClientEvents>(type: K, listener: Listener<ClientEvents[K]>): () => void {
    return this.#emitter.on(type, listener);
  }

  close(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stopWatching();
    clearTimeout(this.#timer);
    this.#links.disconnect();
    this.#failLogin(new errors.LoginError("closed"));
    this.#deliveries.rejectAll("closed", this.#store.exists);
    this.#setState("closed");
    // Not now: this may be a call from inside the engine.
    void Promise.resolve().then(() => this.#engine.free());
  }

  async #beginLogin(login: Deferred<void>, { userId, token, extra }: LoginOptions): Promise<void> {
    this.userId = userId;
    const opening = this.#store.open(userId);
    this.#opening = opening;
    const stored = opening && (await opening);
    // Unless logged out meanwhile, and perhaps in again.
    if (this.#login !== login) return;
    this.#opening = undefined;
    const failure = this.#engine.login(userId, token, extra, 0);
    if (failure !== 0) {
      this.#failLogin(errors.loginError(failure));
      return;
    }
    if (stored === undefined) return;
    this.#engine.restoreReceived(stored.received.join(" "));
    for (const body of stored.outbox) {
      if (this.#engine.restore(body) !== 0) {
        this.#emitter.emit("error", errors.storeError("what it gave back is no message of this user"));
      }
    }
  }

  /** Whether there was a login to fail. */
  #failLogin(error: errors.MobileIMError): boolean {
    const login = this.#login;
    this.#login = undefined;
    login?.reject(error);
    return login !== undefined;
  }

  #setState(state: ClientState): void {
    this.state = state;
    this.#emitter.emit("state", state);
  }

  /** What the engine may ask for. */
  #host(): Host {
    const ifAlive =
      <A extends unknown[]>(action: (...args: A) => void) =>
      (...args: A) => {
        if (!this.#disposed) action(...args);
      };
    return {
      connect: ifAlive((link) => this.#links.connect(this.#engine, link)),
      transmit: ifAlive((link, body) => this.#links.transmit(link, body)),
      disconnect: ifAlive((link) => this.#links.disconnect(link)),
      requestToken: ifAlive((link) => void this.#requestToken(link)),
      persist: ifAlive((fp, body) => this.#store.persist(fp, body)),
      forget: ifAlive((fp) => this.#store.forget(fp)),
      remember: ifAlive((hash) => this.#store.remember(hash)),
      setTimer: ifAlive((ms) => {
        clearTimeout(this.#timer);
        if (ms >= 0) this.#timer = setTimeout(() => this.#engine.timeout(), ms);
      }),
      message: ifAlive((from, to, text, fp, qos, typeu, bridge, time) => {
        const message: Message = { from, to, text, qos, typeu, bridge };
        if (fp !== undefined) message.fp = fp;
        if (time > 0) message.time = time;
        this.#emitter.emit("message", message);
      }),
      delivered: ifAlive((fp) => {
        this.#deliveries.resolve(fp);
        this.#emitter.emit("delivered", { fp });
      }),
      lost: ifAlive((to, text, fp, typeu, reason, code) => {
        const from = this.userId ?? "";
        const message: Message = { from, to, text, fp, qos: true, typeu, bridge: false };
        this.#deliveries.reject(new errors.SendError(reason, fp, code || undefined));
        this.#emitter.emit("lost", code === 0 ? { message, reason } : { message, reason, code });
      }),
      event: ifAlive((...event) => this.#handle(...event)),
    };
  }

  async #requestToken(link: number): Promise<void> {
    try {
      const token: unknown = await this.#getToken?.(this.userId ?? "");
      if (typeof token !== "string") throw new TypeError("it gave no string");
      if (!this.#disposed) this.#engine.token(link, token);
    } catch (cause) {
      if (this.#disposed) return;
      this.#engine.tokenFailed(link);
      this.#emitter.emit("error", new errors.TokenError(cause));
    }
  }

  #handle(...[name, number, flag, text]: Parameters<Host["event"]>): void {
    const emitter = this.#emitter;
    const log = (entry: LogEntry) => emitter.emit("log", entry);
    switch (name) {
      case "state":
        log({ type: name, state: text as State });
        this.#setState(text as State);
        break;
      case "logged-in":
        log({ type: name, firstLoginTime: number, reconnect: flag });
        this.#login?.resolve();
        this.#login = undefined;
        break;
      case "login-refused": {
        log({ type: name, code: number, retry: flag });
        const error = new errors.LoginRefusedError(number, flag);
        if (!flag) {
          this.#deliveries.rejectAll("login-refused");
          if (this.#failLogin(error)) break;
        }
        emitter.emit("error", error);
        break;
      }
      case "kicked": {
        const error = new errors.KickedError(number, flag ? text : undefined);
        log({ type: name, code: number, ...(flag && { reason: text }) });
        this.#deliveries.rejectAll("kicked");
        this.#failLogin(error);
        emitter.emit("kicked", error);
        break;
      }
      case "server-error":
        log({ type: name, code: number, text });
        emitter.emit("error", new errors.ServerError(number, text));
        break;
      case "bad-message":
        log({ type: name, at: number, text });
        emitter.emit("error", errors.badMessage(number, flag, text));
        break;
      case "link-lost":
        log({ type: name, reason: text as LinkLostReason });
        break;
      case "heartbeat-sent":
        log({ type: name });
        break;
      case "heartbeat-answered":
        log({ type: name, roundTrip: number });
        break;
    }
  }
}
