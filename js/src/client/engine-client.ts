import type { LinkLostReason, State } from "../platform/engine.js";
import type { Platform } from "../platform/platform.js";
import type { Driver, Reports, Trouble } from "../session/session.js";
import { idOf } from "./arguments.js";
import { Calls } from "./calls.js";
import { accountOf, checkListener, checkSending, isUserId } from "./checks.js";
import type { Client, ClientEvents, ClientState, Delivered, LogEntry, Message } from "./client.js";
import { Deferred } from "./deferred.js";
import { Deliveries } from "./deliveries.js";
import { Emitter, type Listener } from "./emitter.js";
import * as errors from "./errors.js";
import { type Diagnostics, Log } from "./log.js";
import type { Account, LoginOptions, SendOptions, UserId } from "./options.js";
import { VERSION } from "./version.js";

/** What a client knows of where it is. */
export interface About extends Pick<Diagnostics, "address" | "host"> {
  agent(): string;
}

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
  readonly #calls = new Calls();
  readonly #about: About;
  #server: string | undefined;
  #login: Deferred<void> | undefined;
  /** Whether the driver was told that somebody listens for messages. */
  #listening = false;
  /** How many calls are on their way that let go of the session: what arrives until then is not to be shown. */
  #leaving = 0;
  #disposed = false;

  constructor(
    makeDriver: (reports: Reports) => Driver,
    watch: Platform["watch"],
    mayAskForToken: boolean,
    about: About,
  ) {
    this.#about = about;
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
    const account = accountOf(options);
    return new Promise((resolve, reject) => {
      this.#calls.make(() => void this.#logIn(account).then(resolve, reject));
    });
  }

  async #logIn(account: Account): Promise<void> {
    const { userId, token } = account;
    if (this.#disposed) throw new errors.LoginError("closed");
    if (userId === "") throw new errors.LoginError("no-user-id");
    if (!isUserId(userId)) throw new errors.LoginError("bad-user-id");
    if (token === undefined && !this.#mayAskForToken) throw new errors.LoginError("no-token");
    const idle = this.state === "offline" || this.state === "closed";
    if (!idle && userId !== this.userId) throw new errors.LoginError("other-user");
    if (this.state === "online") return;
    this.#login ??= new Deferred<void>();
    const { promise } = this.#login;
    if (idle) {
      this.userId = userId;
      this.#driver.login(account);
    }
    await promise;
  }

  async logout(): Promise<void> {
    return new Promise((resolve) => {
      this.#leave(() => {
        if (!this.#disposed) this.#driver.logout();
        this.#failLogin(new errors.LoginError("logged-out"));
        resolve();
      });
    });
  }

  async send(to: UserId, text: string, options: SendOptions = {}): Promise<Delivered> {
    const receiver = idOf("to", to);
    checkSending(text, options);
    const { typeu = -1, qos = true, fp = this.newFingerprint() } = options;
    return new Promise((resolve, reject) => {
      this.#calls.make(() => {
        if (this.#disposed) {
          reject(new errors.SendError("closed", fp));
          return;
        }
        this.#note({ type: "sent", fp });
        // Before the driver is told, as a fast answer may come before its `send` returns.
        this.#deliveries.expect(fp).then(resolve, reject);
        this.#driver.send(receiver, text, typeu, qos, fp);
      }, true);
    });
  }

  newFingerprint(): string {
    return this.#disposed ? "" : this.#driver.newFingerprint();
  }

  on<K extends keyof ClientEvents>(type: K, listener: Listener<ClientEvents[K]>): () => void {
    checkListener(type, listener);
    const off = this.#emitter.on(type, listener);
    if (type !== "message") return off;
    // Not before the same task has added the others, and has the function that removes this one.
    void Promise.resolve().then(() => this.#listen());
    return () => {
      off();
      this.#listen();
    };
  }

  diagnostics(): Diagnostics {
    const { state, userId } = this;
    const { address, host, agent } = this.#about;
    return {
      version: VERSION,
      server: this.#server,
      address,
      host,
      agent: agent(),
      state,
      userId,
      ...this.#driver.status(),
      log: this.#log.last(),
    };
  }

  close(): void {
    this.#leave(() => this.#close(), true);
  }

  #close(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#stopWatching();
    const { keeps } = this.#driver;
    this.#driver.close();
    this.#failLogin(new errors.LoginError("closed"));
    this.#deliveries.rejectAll("closed", keeps);
    this.#setState("closed");
  }

  /** Makes a call that lets go of the session. */
  #leave(call: () => void, anywhere = false): void {
    this.#leaving += 1;
    this.#listen();
    this.#calls.make(() => {
      call();
      this.#leaving -= 1;
      this.#listen();
    }, anywhere);
  }

  /** Tells the driver whether messages are to come. */
  #listen(): void {
    const listening = this.#leaving === 0 && this.#emitter.has("message");
    if (this.#disposed || listening === this.#listening) return;
    this.#listening = listening;
    this.#driver.listening(listening);
  }

  /** Whether there was a login to fail. */
  #failLogin(error: errors.MobileIMError): boolean {
    const login = this.#login;
    this.#login = undefined;
    login?.reject(error);
    return login !== undefined;
  }

  #emit<K extends keyof ClientEvents>(type: K, event: ClientEvents[K]): void {
    this.#calls.during(() => this.#emitter.emit(type, event));
  }

  #setState(state: ClientState): void {
    this.state = state;
    this.#note({ type: "state", state });
    this.#emit("state", state);
  }

  #note(entry: LogEntry extends infer E ? (E extends LogEntry ? Omit<E, "at"> : never) : never): void {
    const whole = { at: Date.now(), ...entry } as LogEntry;
    this.#log.add(whole);
    this.#emit("log", whole);
  }

  #reports(): Reports {
    return {
      message: (from, to, text, fp, qos, typeu, bridge, time) => {
        this.#note({ type: "received", fp });
        const message: Message = { from, to, text, qos, typeu, bridge };
        if (fp !== undefined) message.fp = fp;
        if (time > 0) message.time = time;
        this.#emit("message", message);
      },
      delivered: (fp) => {
        this.#note({ type: "delivered", fp });
        this.#deliveries.resolve(fp);
        this.#emit("delivered", { fp });
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
        this.#emit("lost", { message, reason, ...(code !== 0 && { code }), ...(limit > 0 && { limit }) });
      },
      answered: (fp, failure) => {
        if (failure === undefined) this.#deliveries.resolve(fp);
        else this.#deliveries.reject(new errors.SendError(failure, fp));
      },
      trouble: (what, cause) => {
        const error = this.#troubleError(what, cause);
        this.#note({ type: what, text: error.message });
        // biome-ignore lint/suspicious/noConsole: an application that never hears of it has no listener either
        if (what === "never-opened") console.warn(`mobileim: ${error.message}`);
        this.#emit("error", error);
      },
      event: (...event) => this.#handle(...event),
    };
  }

  #troubleError(what: Trouble, cause: unknown): errors.MobileIMError {
    if (what === "token-failed") return new errors.TokenError(cause);
    if (what === "store-failed") return errors.storeError(cause);
    return new errors.ConnectError(this.#about.address, cause);
  }

  #handle(...[name, number, flag, text]: Parameters<Reports["event"]>): void {
    switch (name) {
      case "state":
        this.#setState(text as State);
        if (text !== "online") break;
        this.#login?.resolve();
        this.#login = undefined;
        break;
      case "logged-in":
        this.#server = text || undefined;
        this.#note({ type: name, firstLoginTime: number, reconnect: flag, ...(text && { server: text }) });
        break;
      case "login-refused": {
        this.#note({ type: name, code: number, retry: flag });
        const error = new errors.LoginRefusedError(number, flag);
        if (!flag) {
          this.#deliveries.rejectAll("login-refused");
          if (this.#failLogin(error)) break;
        }
        this.#emit("error", error);
        break;
      }
      case "kicked": {
        this.#note({ type: name, code: number, ...(flag && { reason: text }) });
        const error = new errors.KickedError(number, flag ? text : undefined);
        this.#deliveries.rejectAll("kicked");
        this.#failLogin(error);
        this.#emit("kicked", error);
        break;
      }
      case "server-error":
        this.#note({ type: name, code: number, text });
        this.#emit("error", new errors.ServerError(number, text));
        break;
      case "bad-message":
        this.#note({ type: name, byte: number, text });
        this.#emit("error", errors.badMessage(number, flag, text));
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
