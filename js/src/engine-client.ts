import type { Client, ClientEvents, ClientState, Delivered, LogEntry, Message } from "./client.js";
import { Deferred } from "./deferred.js";
import { Deliveries } from "./deliveries.js";
import { type Diagnostics, Log } from "./diagnostics.js";
import type { Driver, Reports } from "./driver.js";
import { Emitter, type Listener } from "./emitter.js";
import type { LinkLostReason, State } from "./engine.js";
import * as errors from "./errors.js";
import type { LoginOptions, SendOptions } from "./options.js";
import type { Platform } from "./platform.js";

/** The client: a driver, and the promises and events that its reports stand for. */
export class EngineClient implements Client {
  state: ClientState = "offline";
  userId: string | undefined;

  readonly #driver: Driver;
  readonly #mayAskForToken: boolean;
  readonly #stopWatching: () => void;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #deliveries = new Deliveries();
  readonly #log = new Log();
  #login: Deferred<void> | undefined;
  #disposed = false;

  constructor(makeDriver: (reports: Reports) => Driver, watch: Platform["watch"], mayAskForToken: boolean) {
    this.#mayAskForToken = mayAskForToken;
    const driver = makeDriver(this.#reports());
    this.#driver = driver;
    this.#stopWatching = watch({
      visible: (visible) => driver.visible(visible),
      network: (available) => driver.network(available),
      resting: (resting) => driver.resting(resting),
    });
  }

  async login(options: LoginOptions): Promise<void> {
    if (this.#disposed) throw new errors.LoginError("closed");
    if (options.userId === "") throw new errors.LoginError("no-user-id");
    if (options.token === undefined && !this.#mayAskForToken) throw new errors.LoginError("no-token");
    const idle = this.state === "offline" || this.state === "closed";
    if (!idle && options.userId !== this.userId) throw new errors.LoginError("other-user");
    if (this.state === "online") return;
    this.#login ??= new Deferred<void>();
    const { promise } = this.#login;
    if (idle) {
      this.userId = options.userId;
      this.#driver.login(options);
    }
    await promise;
  }

  async logout(): Promise<void> {
    if (this.#disposed) return;
    this.#driver.logout();
    this.#failLogin(new errors.LoginError("logged-out"));
  }

  async send(to: string, text: string, options: SendOptions = {}): Promise<Delivered> {
    const { typeu = -1, qos = true, fp = this.newFingerprint() } = options;
    if (this.#disposed) throw new errors.SendError("closed", fp);
    this.#note({ type: "sent", fp });
    // Before the driver is told, as a fast answer may come before its `send` returns.
    const delivery = this.#deliveries.expect(fp);
    this.#driver.send(to, text, typeu, qos, fp);
    return delivery;
  }

  newFingerprint(): string {
    return this.#disposed ? "" : this.#driver.newFingerprint();
  }

  on<K extends keyof ClientEvents>(type: K, listener: Listener<ClientEvents[K]>): () => void {
    return this.#emitter.on(type, listener);
  }

  diagnostics(): Diagnostics {
    const { state, userId } = this;
    return { state, userId, ...this.#driver.status(), log: this.#log.last() };
  }

  close(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stopWatching();
    const { keeps } = this.#driver;
    this.#driver.close();
    this.#failLogin(new errors.LoginError("closed"));
    this.#deliveries.rejectAll("closed", keeps);
    this.#setState("closed");
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
    this.#note({ type: "state", state });
    this.#emitter.emit("state", state);
  }

  #note(entry: LogEntry extends infer E ? (E extends LogEntry ? Omit<E, "at"> : never) : never): void {
    const whole = { at: Date.now(), ...entry } as LogEntry;
    this.#log.add(whole);
    this.#emitter.emit("log", whole);
  }

  #reports(): Reports {
    const emitter = this.#emitter;
    return {
      message: (from, to, text, fp, qos, typeu, bridge, time) => {
        this.#note({ type: "received", fp });
        const message: Message = { from, to, text, qos, typeu, bridge };
        if (fp !== undefined) message.fp = fp;
        if (time > 0) message.time = time;
        emitter.emit("message", message);
      },
      delivered: (fp) => {
        this.#note({ type: "delivered", fp });
        this.#deliveries.resolve(fp);
        emitter.emit("delivered", { fp });
      },
      lost: (to, text, fp, typeu, reason, number) => {
        const { code, limit } = errors.refusal(reason, number);
        this.#note({ type: "lost", fp, reason, code });
        const message: Message = {
          from: this.userId ?? "",
          to,
          text,
          fp,
          qos: true,
          typeu,
          bridge: false,
        };
        const serverCode = code || undefined;
        this.#deliveries.reject(new errors.SendError(reason, fp, serverCode, undefined, undefined, limit));
        emitter.emit("lost", { message, reason, ...(code !== 0 && { code }), ...(limit > 0 && { limit }) });
      },
      answered: (fp, failure) => {
        if (failure === undefined) this.#deliveries.resolve(fp);
        // A fingerprint that is on its way already: its outcome is this one's too.
        else if (failure !== "bad-fingerprint" || fp === "")
          this.#deliveries.reject(new errors.SendError(failure, fp));
      },
      trouble: (what, cause) => {
        const error = what === "token-failed" ? new errors.TokenError(cause) : errors.storeError(cause);
        this.#note({ type: what, text: error.message });
        emitter.emit("error", error);
      },
      event: (...event) => this.#handle(...event),
    };
  }

  #handle(...[name, number, flag, text]: Parameters<Reports["event"]>): void {
    const emitter = this.#emitter;
    switch (name) {
      case "state":
        this.#setState(text as State);
        if (text !== "online") break;
        this.#login?.resolve();
        this.#login = undefined;
        break;
      case "logged-in":
        this.#note({ type: name, firstLoginTime: number, reconnect: flag });
        break;
      case "login-refused": {
        this.#note({ type: name, code: number, retry: flag });
        const error = new errors.LoginRefusedError(number, flag);
        if (!flag) {
          this.#deliveries.rejectAll("login-refused");
          if (this.#failLogin(error)) break;
        }
        emitter.emit("error", error);
        break;
      }
      case "kicked": {
        this.#note({ type: name, code: number, ...(flag && { reason: text }) });
        const error = new errors.KickedError(number, flag ? text : undefined);
        this.#deliveries.rejectAll("kicked");
        this.#failLogin(error);
        emitter.emit("kicked", error);
        break;
      }
      case "server-error":
        this.#note({ type: name, code: number, text });
        emitter.emit("error", new errors.ServerError(number, text));
        break;
      case "bad-message":
        this.#note({ type: name, byte: number, text });
        emitter.emit("error", errors.badMessage(number, flag, text));
        break;
      case "link-lost":
        this.#note({ type: name, reason: text as LinkLostReason });
        break;
      case "heartbeat-sent":
        this.#note({ type: name });
        break;
      case "heartbeat-answered":
        this.#note({ type: name, roundTrip: number });
        break;
    }
  }
}
