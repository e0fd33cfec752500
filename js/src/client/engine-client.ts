import type { Platform } from "../platform/platform.js";
import type { Report, Reporter, Trouble } from "../session/report.js";
import type { Session } from "../session/session.js";
import { check, checkOptions, idOf, TEXT } from "./arguments.js";
import { Calls } from "./calls.js";
import { accountOf, checkListener, checkSending } from "./checks.js";
import type { Client, ClientEvents, ClientState, Delivered, Device, Devices, LogEntry } from "./client.js";
import * as conversations from "./conversations.js";
import { Deferred } from "./deferred.js";
import { Deliveries } from "./deliveries.js";
import { Emitter, type Listener } from "./emitter.js";
import * as errors from "./errors.js";
import { type Diagnostics, Log } from "./log.js";
import type { Account, LoginOptions, SendOptions, UserId } from "./options.js";
import { Questions } from "./questions.js";
import { refsText } from "./refs.js";
import { VERSION } from "./version.js";

/** The parts of the diagnostics that do not change. */
export interface About extends Pick<Diagnostics, "address" | "host" | "device"> {
  agent(): string;
}

/** What the server answers. */
interface Listed extends Omit<conversations.ConversationPage, "conversations"> {
  conversations: (Omit<conversations.Conversation, "last"> & { last?: conversations.Logged })[];
}

interface Present {
  users: conversations.Presence[];
  hidden: string[];
}

interface Paged extends Omit<conversations.HistoryPage, "messages"> {
  messages: conversations.Logged[];
}

/** The client: a session, and the promises and events that its reports stand for. */
export class EngineClient implements Client {
  state: ClientState = "offline";
  userId: string | undefined;

  readonly devices: Devices = {
    list: async () => (await this.#ask<{ devices: Device[] }>({ ask: "devices" })).devices,
    remove: async (device) => {
      check("device", TEXT, device);
      await this.#ask({ ask: "removeDevice", device });
    },
  };

  readonly #session: Session;
  readonly #mayAskForToken: boolean;
  readonly #stopWatching: () => void;
  readonly #emitter = new Emitter<ClientEvents>();
  readonly #deliveries = new Deliveries();
  readonly #questions = new Questions();
  readonly #log = new Log();
  readonly #calls = new Calls();
  readonly #about: About;
  #server: string | undefined;
  /** Whom the application watches. */
  #watched: string[] = [];
  #login: Deferred<void> | undefined;
  /** Whether the session was told that the application listens for messages. */
  #listening = false;
  /** The number of calls under way that let go of the session: messages that arrive until then are not shown. */
  #leaving = 0;
  #disposed = false;

  constructor(
    makeSession: (report: Reporter) => Session,
    watch: Platform["watch"],
    mayAskForToken: boolean,
    about: About,
  ) {
    this.#about = about;
    this.#mayAskForToken = mayAskForToken;
    const session = makeSession((report) => this.#hear(report));
    this.#session = session;
    this.#stopWatching = watch({
      visible: (visible) => session.visible(visible),
      network: (available) => session.network(available),
      resting: (resting) => session.resting(resting),
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
    if (token === undefined && !this.#mayAskForToken) throw new errors.LoginError("no-token");
    const idle = this.state === "offline" || this.state === "closed";
    if (!idle && userId !== this.userId) throw new errors.LoginError("other-user");
    if (this.state === "online") return;
    this.#login ??= new Deferred<void>();
    const { promise } = this.#login;
    if (idle) {
      if (userId !== this.userId) this.#watched = [];
      this.userId = userId;
      this.#session.login(account);
    }
    await promise;
  }

  async logout(): Promise<void> {
    return new Promise((resolve) => {
      this.#leave(() => {
        if (!this.#disposed) this.#session.logout();
        this.#failLogin(new errors.LoginError("logged-out"));
        resolve();
      });
    });
  }

  async send(to: UserId, text: string, options: SendOptions = {}): Promise<Delivered> {
    const receiver = idOf("to", to);
    checkSending(text, options);
    const refs = refsText(options);
    const { typeu = -1, qos = true, fp = this.newFingerprint() } = options;
    return new Promise((resolve, reject) => {
      this.#calls.make(() => {
        if (this.#disposed) {
          reject(new errors.SendError("closed", fp));
          return;
        }
        this.#note({ type: "sent", fp });
        // Before the session is told, as a fast answer may come before its `send` returns.
        this.#deliveries.expect(fp).then(resolve, reject);
        this.#session.send(receiver, text, typeu, qos, fp, refs);
      }, true);
    });
  }

  async conversations(
    options: conversations.ConversationOptions = {},
  ): Promise<conversations.ConversationPage> {
    const asked = this.#ask<Listed>(conversations.pageQuestion("conversations", options));
    const { conversations: all, next } = await asked;
    const shown = all.map(({ last, ...one }) => ({
      ...one,
      ...(last && { last: conversations.historyMessage(last) }),
    }));
    return { conversations: shown, ...(next !== undefined && { next }) };
  }

  async history(
    withWhom: UserId,
    options: conversations.HistoryOptions = {},
  ): Promise<conversations.HistoryPage> {
    const asked = this.#ask<Paged>(conversations.pageQuestion("history", options, idOf("with", withWhom)));
    const page = await asked;
    return { ...page, messages: page.messages.map(conversations.historyMessage) };
  }

  async group(id: string): Promise<conversations.Group> {
    return this.#askGroup("group", id);
  }

  async createGroup(group: conversations.NewGroup = {}): Promise<conversations.Group> {
    checkOptions({}, group);
    return this.#askGroup("createGroup", group.group ?? `#${this.newFingerprint()}`, group);
  }

  async changeGroup(id: string, change: conversations.GroupOptions): Promise<conversations.Group> {
    checkOptions({}, change);
    return this.#askGroup("changeGroup", id, change);
  }

  async leaveGroup(id: string): Promise<void> {
    await this.#askGroup("leaveGroup", id);
  }

  async endGroup(id: string): Promise<void> {
    await this.#askGroup("endGroup", id);
  }

  #askGroup(ask: string, group: string, options?: object): Promise<conversations.Group> {
    check("group", TEXT, group);
    return this.#ask({ ask, ...options, group });
  }

  async markRead(withWhom: UserId, seq: number): Promise<conversations.ReadMark> {
    check("seq", conversations.NUMBER, seq);
    return this.#ask({ ask: "markRead", with: idOf("with", withWhom), seq });
  }

  typing(withWhom: UserId): void {
    const conversation = idOf("with", withWhom);
    this.#calls.make(() => {
      if (!this.#disposed) this.#session.signal(JSON.stringify({ signal: "typing", with: conversation }));
    }, true);
  }

  async watchPresence(users: UserId[]): Promise<conversations.Presence[]> {
    check("users", conversations.LIST, users);
    this.#watched = users.map((user) => idOf("users", user));
    return (await this.#askPresence(this.#watched)).users;
  }

  #askPresence(users: string[]): Promise<Present> {
    return this.#ask({ ask: "presence", users });
  }

  /** An answer came, to a question of any tab. */
  #hearPresence(text: string): void {
    const watched = this.#watched;
    if (watched.length === 0 || !text.includes('"hidden":[')) return;
    const { users, hidden } = JSON.parse(text).answer as Present;
    const listed = [...users.map(({ user }) => user), ...hidden];
    for (const one of users) if (watched.includes(one.user)) this.#emit("presence", one);
    // Another tab watches others, and the session is one.
    if (watched.some((user) => !listed.includes(user)))
      this.#askPresence([...new Set([...watched, ...listed])]).catch(() => {});
  }

  /** Asks the server. Returns the answer. */
  #ask<T>(question: conversations.Question): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#calls.make(() => {
        if (this.#disposed) {
          reject(new errors.QuestionError("closed"));
          return;
        }
        const id = this.newFingerprint();
        (this.#questions.expect(id) as Promise<T>).then(resolve, reject);
        this.#session.ask(id, JSON.stringify(question));
      }, true);
    });
  }

  newFingerprint(): string {
    return this.#disposed ? "" : this.#session.newFingerprint();
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
    const { address, host, device, agent } = this.#about;
    return {
      version: VERSION,
      server: this.#server,
      address,
      host,
      agent: agent(),
      device,
      state,
      userId,
      ...this.#session.status(),
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
    const { keeps } = this.#session;
    this.#session.close();
    this.#failLogin(new errors.LoginError("closed"));
    this.#deliveries.rejectAll("closed", keeps);
    this.#questions.failAll("closed");
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

  /** Tells the session whether the application listens for messages. */
  #listen(): void {
    const listening = this.#leaving === 0 && this.#emitter.has("message");
    if (this.#disposed || listening === this.#listening) return;
    this.#listening = listening;
    this.#session.listening(listening);
  }

  /** Fails the login, and returns whether there was one. */
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

  #hear(report: Report): void {
    switch (report.type) {
      case "message": {
        const { message } = report;
        this.#note({ type: "received", fp: message.fp });
        const change = conversations.groupChange(message);
        if (change === undefined) this.#emit("message", message);
        else this.#emit("group", change);
        break;
      }
      case "typing":
      case "read": {
        const { type, ...signal } = report;
        this.#emit(type, signal as ClientEvents[typeof type]);
        break;
      }
      case "presence": {
        const { type, ...presence } = report;
        if (this.#watched.includes(presence.user)) this.#emit(type, presence);
        break;
      }
      case "delivered":
        this.#note(report);
        this.#deliveries.resolve(report.fp);
        this.#emit("delivered", { fp: report.fp });
        break;
      case "lost": {
        const { type, ...lost } = report;
        const fp = lost.message.fp ?? "";
        this.#note({ type, fp, reason: lost.reason, code: lost.code ?? 0 });
        this.#deliveries.reject(new errors.SendError(lost.reason, fp, lost));
        this.#emit("lost", lost);
        break;
      }
      case "answered": {
        const { fp, failure } = report;
        if (failure === undefined) this.#deliveries.resolve(fp);
        else this.#deliveries.reject(new errors.SendError(failure, fp));
        break;
      }
      case "answer":
        this.#questions.settle(report);
        this.#hearPresence(report.text);
        break;
      case "login-failed":
        this.#failLogin(new errors.LoginError(report.code));
        break;
      case "state":
        this.#setState(report.state);
        if (report.state !== "online") break;
        this.#login?.resolve();
        this.#login = undefined;
        if (this.#watched.length > 0) this.#askPresence(this.#watched).catch(() => {});
        break;
      case "token-failed":
      case "store-failed":
      case "never-opened":
        this.#fail(report);
        break;
      default:
        this.#note(report);
        this.#hearServer(report);
    }
  }

  /** What the server said, or what became of the link. */
  #hearServer(report: Report): void {
    switch (report.type) {
      case "logged-in":
        this.#server = report.server;
        break;
      case "login-refused": {
        const error = new errors.LoginRefusedError(report.code, report.retry);
        if (!report.retry) {
          this.#deliveries.rejectAll("login-refused");
          if (this.#failLogin(error)) break;
        }
        this.#emit("error", error);
        break;
      }
      case "kicked": {
        const error = new errors.KickedError(report.code, report.reason);
        this.#deliveries.rejectAll("kicked");
        this.#failLogin(error);
        this.#emit("kicked", error);
        break;
      }
      case "missed":
        this.#emit("missed", { since: report.since });
        break;
      case "server-error":
        this.#emit("error", new errors.ServerError(report.code, report.text));
        break;
      case "bad-message":
        this.#emit("error", new errors.MobileIMError(report.type, `${report.text} at byte ${report.byte}`));
        break;
    }
  }

  /** Tells of a trouble. */
  #fail({ type, cause }: Trouble): void {
    const error =
      type === "token-failed"
        ? new errors.TokenError(cause)
        : type === "store-failed"
          ? errors.storeError(cause)
          : new errors.ConnectError(this.#about.address, cause);
    this.#note({ type, text: error.message });
    // biome-ignore lint/suspicious/noConsole: an application that never hears of it has no listener either
    if (type === "never-opened") console.warn(`mobileim: ${error.message}`);
    this.#emit("error", error);
  }
}
