import { ArgumentError } from "../client/arguments.js";
import type { Client, ClientEvents } from "../client/client.js";
import { LoginError, LoginRefusedError, type SendError } from "../client/errors.js";
import type { ClientOptions, SenseMode } from "../client/options.js";
import type { Addresses, Imsdk, LoginInfo } from "./api.js";
import { CallbackCaller } from "./callbacks.js";
import { LoginState } from "./login-state.js";
import { SentMessages } from "./sent-messages.js";
import { type SentMessage, textOf, toWire } from "./wire-message.js";

/** What `IMSDK` needs from around it. */
export interface ImsdkOptions {
  createClient(options: ClientOptions): Promise<Client>;
  /** A new fingerprint. */
  nextId(): string;
  /** The sense mode for the next login. */
  senseMode(): SenseMode | undefined;
  /** Tells the user something, if the application does not do it by itself. */
  alert(text: string): void;
}

/** What the application may have logged. */
export type Topic = "CORE" | "SDK" | "PING";

/** A client, loaded or about to be, and what it was made for. */
interface Opened {
  /** The addresses, as one text. */
  server: string;
  senseMode: SenseMode | undefined;
  loading: Promise<Client>;
  client?: Client;
}

/** The same for the same addresses in the same order, and for one whether it is in a list or not. */
function nameOf(urls: string[]): string {
  return urls.join(" ");
}

/** The client behind `IMSDK`, and the callbacks that its events stand for. */
export class ImsdkClient {
  readonly #sdk: Imsdk;
  readonly #options: ImsdkOptions;
  readonly #callbacks: CallbackCaller;
  readonly #state = new LoginState();
  readonly #sent: SentMessages;
  readonly #logged = new Set<Topic>();
  #info: LoginInfo | null = null;
  /** Whom `info` named when it was handed in: applications may write another name into the same object. */
  #user = "";
  #opened: Opened | undefined;
  /** Whether the application ever had a callback for messages. Null afterwards means that it wants none. */
  #hears = false;
  /** The client whose messages the application is told of. */
  #heard: Client | undefined;
  /** Handed in since the last `loginImpl` and before the client could take it. */
  #early: SentMessage[] | undefined;

  constructor(sdk: Imsdk, options: ImsdkOptions) {
    this.#sdk = sdk;
    this.#options = options;
    this.#callbacks = new CallbackCaller(sdk);
    this.#sent = new SentMessages((lost) =>
      this.#callbacks.callEither("callback_onMessagesLost", "callback_onIMMessagesLost", lost),
    );
  }

  get info(): LoginInfo | null {
    return this.#info;
  }

  get logined(): boolean {
    return this.#state.logined;
  }

  get online(): boolean {
    return this.#state.active && this.#opened?.client?.state === "online";
  }

  /** Messages wait until the application has a callback for them. */
  hear(): void {
    const client = this.#opened?.client;
    this.#hears ||= this.#callbacks.has("callback_onIMData");
    if (!this.#hears || client === undefined || client === this.#heard) return;
    this.#heard = client;
    client.on("message", (message) => {
      if (this.#opened?.client === client) this.#callbacks.call("callback_onIMData", toWire(message));
    });
  }

  logs(topic: Topic, enable: boolean): void {
    if (enable) this.#logged.add(topic);
    else this.#logged.delete(topic);
  }

  login(info: LoginInfo | null | undefined, url: Addresses): void {
    const state = this.#state;
    // The application may change its list later.
    const urls = url ? ([] as string[]).concat(url) : [];
    const user = String(info?.loginUserId ?? "");
    if (!info || user === "" || urls.join("") === "") {
      // Applications do so until a request has answered.
      if (!state.active) this.#info = info ?? null;
      const error =
        user === "" ? new LoginError("no-user-id") : new TypeError("the server's address is empty");
      // Whoever asks waits for an answer, and not before the call returns.
      void Promise.resolve().then(() => this.#couldNotTry(error));
      return;
    }
    const isSame = this.#opened?.server === nameOf(urls) && user === this.#user;
    const again = isSame && state.active;
    if (state.active && !again) this.logout();
    // One whose session was ended by the server is logged out by this.
    else if (!isSame) state.logOut();
    this.#info = info;
    this.#user = user;
    if (!again) void this.#begin(urls, info);
    else if (!this.online) state.askAgain();
    else this.#answerAgain();
  }

  send(message: SentMessage): void {
    if (typeof message !== "object" || message === null)
      throw new ArgumentError("message", "a message's object", message);
    const fp = String(message.fp || this.#options.nextId());
    message.fp = fp;
    this.#sent.add(fp, message);
    const client = this.#opened?.client;
    if (this.#early) this.#early.push(message);
    else if (this.#state.active && client) this.#transmit(client, message);
    else this.#lose(message, "not logged in");
  }

  logout(): void {
    this.#state.logOut();
    this.#loseEarly();
    void this.#opened?.client?.logout();
  }

  #answerAgain(): void {
    const isCurrent = this.#state.watch();
    void Promise.resolve().then(() => {
      if (isCurrent()) this.#callbacks.call("callback_onIMAfterLoginSucess");
    });
  }

  async #begin(urls: string[], { loginUserId: userId, extra }: LoginInfo): Promise<void> {
    const state = this.#state;
    state.begin();
    const isCurrent = state.watch();
    const early: SentMessage[] = [];
    this.#early = early;
    try {
      const client = await this.#open(urls).loading;
      if (!isCurrent()) return;
      const account = extra == null ? { userId } : { userId, extra: textOf(extra) };
      // Whether none is needed is for the server to say.
      const online = client.login(this.#token() === "" ? { ...account, token: "" } : account);
      for (const message of early) this.#transmit(client, message);
      if (this.#early === early) this.#early = undefined;
      await online;
    } catch (error) {
      // Else it ended otherwise, which was told.
      if (!isCurrent()) return;
      if (error instanceof LoginRefusedError) this.#refused(error);
      else {
        state.end();
        this.#loseEarly();
        this.#couldNotTry(error as Error);
      }
    }
  }

  /** The client for these addresses; one for others is let go of. */
  #open(urls: string[]): Opened {
    const senseMode = this.#options.senseMode();
    const server = nameOf(urls);
    const before = this.#opened;
    if (before?.server === server && before.senseMode === senseMode) return before;
    void before?.loading.then((client) => client.close()).catch(() => {});
    for (const message of this.#sent.all()) this.#lose(message, "logged in at another address");
    // A logout of such an application means its own page, and it looks up every message that it hears of in that page.
    // And it takes what another device sent for a message from oneself: to be sent none, it names no device.
    const options: ClientOptions = { url: urls, tabs: false, device: false, getToken: () => this.#token() };
    if (senseMode !== undefined) options.senseMode = senseMode;
    const loading = this.#options.createClient({ ...options, ...this.#sdk.clientOptions });
    const opened: Opened = { server, senseMode, loading };
    this.#opened = opened;
    loading.then(
      (client) => {
        opened.client = client;
        this.#listen(client, () => this.#opened === opened);
      },
      // It may be tried again.
      () => {
        if (this.#opened === opened) this.#opened = undefined;
      },
    );
    return opened;
  }

  #token(): string {
    const token = this.#info?.loginToken;
    return token == null ? "" : textOf(token);
  }

  #listen(client: Client, isCurrent: () => boolean): void {
    const callbacks = this.#callbacks;
    const on = <K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void) =>
      client.on(type, (event) => {
        if (isCurrent()) listener(event);
      });
    on("state", (state) => {
      if (state === "online") this.#wentOnline();
      else if (state === "closed") this.#closed();
      else if (state === "waiting" || this.#state.up) this.#wentDown();
    });
    this.hear();
    on("delivered", ({ fp }) => {
      this.#sent.delivered(fp);
      callbacks.callEither("callback_onMessagesBeReceived", "callback_onIMMessagesBeReceived", fp);
    });
    on("lost", ({ message, reason }) => {
      // One of an earlier page has no object.
      this.#lose(this.#sent.find(message.fp ?? "") ?? toWire(message), reason);
    });
    on("kicked", ({ code, message }) => {
      this.#state.end();
      this.#loseEarly();
      callbacks.call("callback_onIMKickout", { code, reason: message });
      callbacks.call("callback_onIMDisconnected");
    });
    on("error", (error) => {
      this.#log("SDK", error.message);
      if (error instanceof LoginRefusedError && !error.retry) this.#refused(error);
      // It may yet, so that no window is opened by the host; the client has told the console.
      else if (error.code === "never-opened") callbacks.call("callback_onIMShowAlert", error.message);
    });
    on("log", (event) => {
      if (event.type === "heartbeat-sent") {
        this.#log("PING", "heartbeat sent");
        callbacks.call("callback_onIMPing");
      } else if (event.type === "heartbeat-answered") {
        this.#log("PING", "heartbeat answered");
        callbacks.call("callback_onIMPong");
      } else if (this.#logged.has("CORE")) this.#log("CORE", JSON.stringify(event));
    });
  }

  #wentOnline(): void {
    const answers = this.#state.goOnline();
    this.#callbacks.call(answers ? "callback_onIMAfterLoginSucess" : "callback_onIMReconnectSucess");
  }

  #wentDown(): void {
    if (this.#state.goDown()) this.#callbacks.call("callback_onIMDisconnected");
  }

  /** The client's session has ended. A kick or a refusal is told by then; else another tab that shares the link logged out. */
  #closed(): void {
    if (!this.#state.logined) return;
    const isCurrent = this.#state.watch();
    void Promise.resolve().then(() => {
      if (!isCurrent()) return;
      this.#state.logOut();
      this.#loseEarly();
      this.#callbacks.call("callback_onIMDisconnected");
    });
  }

  #refused(error: LoginRefusedError): void {
    const isReconnect = this.#state.end();
    this.#loseEarly();
    this.#log("SDK", error.message);
    if (this.#callbacks.has("callback_onIMAfterLoginFailed"))
      this.#callbacks.call("callback_onIMAfterLoginFailed", isReconnect);
    else this.#tell(error.message);
  }

  /** A login fails before any server was asked: for the developer on the console, for the user by the application. */
  #couldNotTry({ message }: Error): void {
    // biome-ignore lint/suspicious/noConsole: such a mistake is the developer's, who has no callback for it.
    console.error(`IMSDK.loginImpl: ${message}`);
    this.#log("SDK", `the login failed: ${message}`);
    this.#tell(message);
    this.#callbacks.call("callback_onIMAfterLoginFailed", false);
  }

  #tell(text: string): void {
    if (this.#callbacks.has("callback_onIMShowAlert")) this.#callbacks.call("callback_onIMShowAlert", text);
    else this.#options.alert(text);
  }

  #transmit(client: Client, message: SentMessage): void {
    const { to, fp = "", QoS, typeu } = message;
    let text: string;
    try {
      text = textOf(message.dataContent);
    } catch (error) {
      // There is no JSON for it.
      this.#lose(message, (error as Error).message);
      return;
    }
    client.send(to, text, { typeu: Number(typeu ?? -1), qos: !!QoS, fp }).catch((error: SendError) => {
      // It will be sent when this user logs in again: its end is yet to come.
      if (error.kept) this.#log("SDK", `message ${fp}: ${error.message}`);
      // Unless the client has reported it by an event.
      else if (!QoS || this.#sent.find(fp)) this.#lose(message, error.message);
    });
  }

  #loseEarly(): void {
    for (const message of this.#early ?? []) this.#lose(message, "logged out");
    this.#early = undefined;
  }

  #lose(message: SentMessage, why: string): void {
    this.#log("SDK", `message ${message.fp} is lost: ${why}`);
    this.#sent.lose(message);
  }

  #log(topic: Topic, text: string): void {
    if (this.#logged.has(topic)) this.#callbacks.call("callback_onIMLog", `[${topic}] ${text}`, true);
  }
}
