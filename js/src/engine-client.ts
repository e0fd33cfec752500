import type { Client, ClientEvents, ClientState, Delivered } from "./client.js";
import { Deferred } from "./deferred.js";
import { Deliveries } from "./deliveries.js";
import { Emitter, type Listener } from "./emitter.js";
import type { Engine, EngineClass, EngineEvent, Host } from "./engine.js";
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
  #login: Deferred<void> | undefined;
  /** Set while the store is being read for a login. */
  #opening: Promise<unknown> | undefined;
  #disposed = false;

  constructor(engineClass: EngineClass, platform: Platform, options: ClientOptions) {
    this.#getToken = options.getToken;
    this.#links = new Links(options.url, options.transport ?? platform.transport);
    this.#store = new StoreWriter(options.store, (error) => this.#emitter.emit("error", error));
    this.#engine = new engineClass(this.#host(), ...platform.seed(), options.senseMode);
    this.#stopWatching = platform.watch({
      visible: () => this.#engine.visible(),
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
    if (delivery === undefined) throw new errors.SendError("bad-fingerprint", fp);
    try {
      this.#engine.send(to, text, typeu, qos, fp);
    } catch (error) {
      const failure = errors.sendError(error, fp);
      if (!qos) throw failure;
      this.#deliveries.reject(failure);
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
    this.#links.disconnect();
    this.#failLogin(new errors.LoginError("closed"));
    this.#deliveries.rejectAll("closed");
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
    try {
      this.#engine.login(userId, token, extra);
      if (stored === undefined) return;
      this.#engine.restoreReceived(stored.received.join(" "));
      for (const body of stored.outbox) this.#restore(body);
    } catch (error) {
      this.#failLogin(errors.loginError(error));
    }
  }

  #restore(body: string): void {
    try {
      this.#engine.restore(body);
    } catch (cause) {
      this.#emitter.emit("error", errors.storeError(cause));
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
      event: ifAlive((event) => this.#handle(event)),
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

  #handle(event: EngineEvent): void {
    const emitter = this.#emitter;
    emitter.emit("log", event);
    switch (event.type) {
      case "state":
        this.#setState(event.state);
        break;
      case "logged-in":
        this.#login?.resolve();
        this.#login = undefined;
        break;
      case "login-refused": {
        const error = new errors.LoginRefusedError(event.code, event.retry);
        if (!event.retry) {
          this.#deliveries.rejectAll("login-refused");
          if (this.#failLogin(error)) break;
        }
        emitter.emit("error", error);
        break;
      }
      case "kicked": {
        const error = new errors.KickedError(event.code, event.reason);
        this.#deliveries.rejectAll("kicked");
        this.#failLogin(error);
        emitter.emit("kicked", error);
        break;
      }
      case "message":
        emitter.emit("message", event.message);
        break;
      case "delivered":
        this.#deliveries.resolve(event.fp);
        emitter.emit("delivered", { fp: event.fp });
        break;
      case "lost": {
        const { type: _, ...lost } = event;
        this.#deliveries.reject(new errors.SendError(lost.reason, lost.message.fp ?? "", lost.code));
        emitter.emit("lost", lost);
        break;
      }
      case "server-error":
        emitter.emit("error", new errors.ServerError(event.code, event.message));
        break;
      case "bad-message":
        emitter.emit("error", new errors.MobileIMError("bad-message", event.message));
        break;
      // Only for the log.
      case "link-lost":
      case "heartbeat-sent":
      case "heartbeat-answered":
        break;
    }
  }
}
