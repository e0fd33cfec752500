import type { Client, ClientEvents } from "../client.js";
import { LoginRefusedError, type SendError } from "../errors.js";
import type { ClientOptions, SenseMode } from "../options.js";
import type { Callbacks, Imsdk, LoginInfo } from "./api.js";
import { textOf, toWire, type WireMessage } from "./wire-message.js";

/** What `IMSDK` needs from around it. */
export interface ImsdkOptions {
  createClient(options: ClientOptions): Promise<Client>;
  /** A new fingerprint. */
  nextId(): string;
  /** The sense mode for the next login. */
  senseMode(): SenseMode | undefined;
}

/** A client, loaded or about to be, and what it was made for. */
interface Opened {
  url: string;
  senseMode: SenseMode | undefined;
  loading: Promise<Client>;
  client?: Client;
}

/**
 * Makes the object that applications know as `IMSDK`.
 *
 * Closures and no private fields: applications pass the functions around alone, and frameworks wrap the object in
 * proxies.
 */
export function createImsdk({ createClient, nextId, senseMode }: ImsdkOptions): Imsdk {
  let info: LoginInfo | null = null;
  /** Whom `info` named when it was handed in: applications may write another name into the same object. */
  let user = "";
  let opened: Opened | undefined;
  /** Which `loginImpl` this is; counts logouts too, so that what was begun before is recognised. */
  let login = 0;
  /** From a `loginImpl` to the logout, kick or refusal. */
  let active = false;
  let logined = false;
  /** Whether the application was told that the link is down. */
  let down = false;
  /** Whether `loginImpl` was called and not yet answered. */
  let asked = false;
  /** Handed in since the last `loginImpl` and before the client could take it. */
  let early: WireMessage[] | undefined;
  /** The application's objects, by fingerprint, until it is told how they ended. */
  const sent = new Map<string, WireMessage>();
  let lost: WireMessage[] = [];
  const debug = { CORE: false, SDK: false, PING: false };

  type Name = keyof Callbacks;
  function call<N extends Name>(name: N, ...args: Parameters<NonNullable<Callbacks[N]>>): void {
    const callback = sdk[name] as ((...args: unknown[]) => void) | null | undefined;
    if (typeof callback !== "function") return;
    try {
      callback.apply(sdk, args);
    } catch (error) {
      // Where the host reports what nobody caught.
      setTimeout(() => {
        throw error;
      });
    }
  }

  const either = (first: Name, second: Name) => (typeof sdk[first] === "function" ? first : second);

  function log(topic: keyof typeof debug, text: string): void {
    if (debug[topic]) call("callback_onIMLog", `[${topic}] ${text}`, true);
  }

  /** Reports what is lost in one task in one list. */
  function lose(message: WireMessage, why: string): void {
    log("SDK", `message ${message.fp} is lost: ${why}`);
    sent.delete(message.fp ?? "");
    if (!message.QoS) return;
    if (lost.push(message) > 1) return;
    void Promise.resolve().then(() => {
      const list = lost;
      lost = [];
      call(either("callback_onMessagesLost", "callback_onIMMessagesLost") as "callback_onMessagesLost", list);
    });
  }

  function transmit(client: Client, message: WireMessage): void {
    const { to, fp = "", QoS, typeu } = message;
    client
      .send(String(to), textOf(message), { typeu: Number(typeu ?? -1), qos: !!QoS, fp })
      .catch((error: SendError) => {
        // On its way already, or it will be when this user logs in again: its end is yet to come.
        if (error.code === "bad-fingerprint" || error.kept) log("SDK", `message ${fp}: ${error.message}`);
        // Unless the client has reported it by an event.
        else if (!QoS || sent.has(fp)) lose(message, error.message);
      });
  }

  /** The client for an address; one for another address is let go of. */
  function open(url: string): Opened {
    const mode = senseMode();
    if (opened?.url === url && opened.senseMode === mode) return opened;
    void opened?.loading.then((client) => client.close()).catch(() => {});
    for (const message of sent.values()) lose(message, "logged in at another address");
    // A logout of such an application means its own page, and it looks up every message that it hears of in that page.
    const options: ClientOptions = { url, tabs: false, getToken: () => String(info?.loginToken ?? "") };
    if (mode !== undefined) options.senseMode = mode;
    const loading = createClient({ ...options, ...sdk.clientOptions });
    const mine: Opened = { url, senseMode: mode, loading };
    opened = mine;
    loading.then(
      (client) => {
        mine.client = client;
        listen(client, () => opened === mine);
      },
      // It may be tried again.
      () => {
        if (opened === mine) opened = undefined;
      },
    );
    return mine;
  }

  function listen(client: Client, isCurrent: () => boolean): void {
    const on = <K extends keyof ClientEvents>(type: K, listener: (event: ClientEvents[K]) => void) =>
      client.on(type, (event) => {
        if (isCurrent()) listener(event);
      });
    on("state", (state) => {
      if (state === "online") wentOnline();
      else if (state === "closed") void Promise.resolve().then(() => endedElsewhere(client));
      else if (state === "waiting" || logined) wentDown();
    });
    on("message", (message) => call("callback_onIMData", toWire(message)));
    on("delivered", ({ fp }) => {
      sent.delete(fp);
      const name = either("callback_onMessagesBeReceived", "callback_onIMMessagesBeReceived");
      call(name as "callback_onMessagesBeReceived", fp);
    });
    on("lost", ({ message, reason }) => {
      // One of an earlier page has no object.
      lose(sent.get(message.fp ?? "") ?? toWire(message), reason);
    });
    on("kicked", (error) => {
      ended();
      call("callback_onIMKickout", { code: error.code, reason: error.message });
    });
    on("error", (error) => {
      log("SDK", error.message);
      if (error instanceof LoginRefusedError && !error.retry) refused();
    });
    on("log", (event) => {
      if (event.type === "heartbeat-sent") {
        log("PING", "heartbeat sent");
        call("callback_onIMPing");
      } else if (event.type === "heartbeat-answered") {
        log("PING", "heartbeat answered");
        call("callback_onIMPong");
      } else if (debug.CORE) log("CORE", JSON.stringify(event));
    });
  }

  function wentOnline(): void {
    const first = !logined || asked;
    logined = true;
    down = asked = false;
    call(first ? "callback_onIMAfterLoginSucess" : "callback_onIMReconnectSucess");
  }

  function wentDown(): void {
    if (down) return;
    down = true;
    call("callback_onIMDisconnected");
  }

  /** Another tab, if the application lets them share a connection, has logged out. A kick or a refusal was told by now. */
  function endedElsewhere(client: Client): void {
    if (!logined || client.state !== "closed") return;
    ended();
    call("callback_onIMDisconnected");
  }

  /** There is no login in effect any more. */
  function ended(): void {
    login += 1;
    active = logined = down = asked = false;
    for (const message of early ?? []) lose(message, "logged out");
    early = undefined;
  }

  function refused(): void {
    const isReconnect = logined;
    ended();
    call("callback_onIMAfterLoginFailed", isReconnect);
  }

  async function begin(url: string): Promise<void> {
    const extra = info?.extra;
    login += 1;
    const mine = login;
    active = asked = true;
    early = [];
    try {
      const client = await open(url).loading;
      if (login !== mine) return;
      const online = client.login(extra === undefined ? { userId: user } : { userId: user, extra });
      for (const message of early) transmit(client, message);
      early = undefined;
      await online;
    } catch (error) {
      // Else it ended otherwise, which was told.
      if (login !== mine) return;
      const { message } = error as Error;
      log("SDK", `the login failed: ${message}`);
      if (!(error instanceof LoginRefusedError)) call("callback_onIMShowAlert", message);
      refused();
    }
  }

  const sdk: Imsdk = {
    callback_onIMLog: null,
    callback_onIMData: null,
    callback_onIMAfterLoginSucess: null,
    callback_onIMAfterLoginFailed: null,
    callback_onIMReconnectSucess: null,
    callback_onIMDisconnected: null,
    callback_onIMPing: null,
    callback_onIMPong: null,
    callback_onIMShowAlert: null,
    callback_onIMKickout: null,
    callback_onMessagesLost: null,
    callback_onIMMessagesLost: null,
    callback_onMessagesBeReceived: null,
    callback_onIMMessagesBeReceived: null,
    clientOptions: {},

    loginImpl(loginInfo, url) {
      const userId = String(loginInfo.loginUserId ?? "");
      const again = active && opened?.url === url && userId === user;
      if (!again && active) sdk.disconnectSocket();
      info = loginInfo;
      user = userId;
      if (!again) void begin(url);
      else if (opened?.client?.state !== "online") asked = true;
      // Whoever asks waits for an answer, and not before the call returns.
      else void Promise.resolve().then(() => logined && call("callback_onIMAfterLoginSucess"));
    },
    isLogined: () => logined,
    isOnline: () => active && opened?.client?.state === "online",
    getLoginInfo: () => info,
    sendData(message) {
      const fp = String(message.fp || nextId());
      message.fp = fp;
      if (message.QoS) sent.set(fp, message);
      if (early) early.push(message);
      else if (active && opened?.client) transmit(opened.client, message);
      else lose(message, "not logged in");
    },
    disconnectSocket() {
      ended();
      void opened?.client?.logout();
    },
    setDebugCoreEnable(enable) {
      debug.CORE = enable;
    },
    setDebugSDKEnable(enable) {
      debug.SDK = enable;
    },
    setDebugPingPongEnable(enable) {
      debug.PING = enable;
    },
    setDebugEnable(enable) {
      debug.CORE = debug.SDK = enable;
    },
  };
  return sdk;
}
