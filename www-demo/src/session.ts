import { signal } from "@preact/signals";
import {
  type Client,
  type ClientState,
  createClient,
  type Lost,
  type Message,
  SendError,
  type SendFailure,
} from "mobileim";
import { announce } from "./announcements.js";
import type { Entry, Fate } from "./archive/archive.js";
import { Chats, shown } from "./chats.js";
import type { Config, SignInKind } from "./config.js";
import { Credentials } from "./credentials.js";
import { IMAGE, TEXT } from "./image-message.js";
import { isGroup, nameOf } from "./names.js";
import { notifyOf } from "./notifications.js";
import { SignInError } from "./password-login.js";
import { preview } from "./preview.js";
import { signedInUser } from "./remembered.js";
import { leave, openConversation, place } from "./route.js";
import { ServerHistory } from "./server-history.js";
import { t } from "./texts.js";
import * as typing from "./typing.js";

/** Why somebody was not let in: the server's number for it, or why there is no token. */
export type Refused = number | string | SignInError;

/** In place of a number: the server wants a token, and was given none. */
export const NEEDS_TOKEN = "needs-token";

/** Where the user stands. */
export type Phase =
  | { at: "signed-out"; refused?: Refused }
  | { at: "signing-in"; userId: string }
  | { at: "signed-in"; userId: string; resumed: boolean }
  /** Their token has expired, and there may be another one, */
  | { at: "renewing"; userId: string }
  /** or there is none until they have said who they are. */
  | { at: "expired"; userId: string; busy: boolean; refused?: Refused }
  | { at: "kicked"; userId: string; code: number };

/** Where the user stands. */
export const phase = signal<Phase>({ at: "signed-out" });

/** Where the connection stands. */
export const connection = signal<ClientState>("offline");

/** From when on messages were not kept for this browser, as it was away for too long, until the user has seen that; in ms since 1970. */
export const missedSince = signal<number | undefined>(undefined);

/** Reasons why the client did not take a message. How those end that it took, its events tell. */
const NOT_TAKEN: ReadonlySet<SendFailure> = new Set([
  "not-logged-in",
  "no-receiver",
  "bad-receiver",
  "bad-fingerprint",
  "too-long",
  "outbox-full",
]);

/** The server's numbers for a token that it does not take, and for one that it took once. */
const NO_TOKEN: ReadonlySet<unknown> = new Set([1025, 1026]);

/** What can never be delivered, however often it is sent. */
const HOPELESS: ReadonlySet<SendFailure> = new Set([
  "refused",
  "too-long",
  "too-long-for-receiver",
  "no-receiver",
  "bad-receiver",
  "bad-fingerprint",
  "invalid",
]);

/** The server's number for a receiver whose mailbox is full, for now. */
export const MAILBOX_FULL = 302;

/** Whether sending it again may help. */
export function mayRetry({ status, failure, code }: Entry): boolean {
  return status === "failed" && !(failure && HOPELESS.has(failure) && code !== MAILBOX_FULL);
}

/** One user's chats in this page: what the interface calls. */
export class Session {
  readonly client: Client;
  readonly config: Config;
  /** What the user is asked for. */
  readonly asks = signal<SignInKind>("name");
  readonly #credentials: Credentials;
  /** Whether the user has filled in what the server is yet to take. */
  #isTold = false;
  /** The token that is being asked for. */
  #asking = new AbortController();
  #chats: Promise<Chats> | undefined;
  /** What the server keeps of them. */
  #history: ServerHistory | undefined;
  /** What the client has, and will tell how it ends. */
  readonly #underWay = new Set<string>();

  private constructor(client: Client, config: Config, credentials: Credentials) {
    this.client = client;
    this.config = config;
    this.asks.value = config.signIn;
    this.#credentials = credentials;
    client.on("state", (state) => {
      connection.value = state;
      // What another tab wrote down and was closed before it sent it, too.
      if (state === "online") void this.#sendUnsent();
      if (state === "online") void this.#history?.list();
      // Signed out in another tab. A kick and a refusal have events of their own, in the same breath, or fail a login, which takes
      // some microtasks.
      if (state === "closed") setTimeout(() => void (phase.value.at === "signed-in" && this.#leave()));
    });
    client.on("message", (message) => void this.#receive(message));
    client.on("delivered", ({ fp }) => void this.#settle(fp, { status: "delivered" }));
    client.on("lost", ({ message, reason, code }: Lost) => {
      void this.#settle(message.fp ?? "", { status: "failed", failure: reason, ...(code && { code }) });
    });
    client.on("group", () => void this.#history?.list());
    client.on("typing", ({ with: peer, by }) => typing.begins(peer, by));
    client.on("read", ({ with: peer, unread }) => {
      // Else it was the other one.
      if (unread !== undefined) void this.#chats?.then((chats) => chats.learn(peer, unread));
    });
    client.on("missed", ({ since }) => {
      missedSince.value = since;
    });
    client.on("kicked", ({ code }) => {
      phase.value = { at: "kicked", userId: client.userId ?? "", code };
    });
    client.on("error", (error) => {
      // A refusal while signing in reaches `signIn`; this is one after a lost link.
      if (error.name === "LoginRefusedError" && client.state === "closed") void this.#refused(error.code);
    });
  }

  /** Loads the engine. */
  static async create(config: Config): Promise<Session> {
    const credentials = new Credentials(config, () => {
      const now = phase.value;
      if (now.at === "expired" || now.at === "renewing") void session.#logIn(now.userId, true);
    });
    const client: Client = await createClient({
      url: config.websocket,
      // Who is online is asked for another one before the one that is there expires.
      getToken: () => credentials.token(client.state === "online"),
    });
    const session = new Session(client, config, credentials);
    return session;
  }

  /** The server's addresses. */
  get server(): string {
    return this.config.websocket.join(", ");
  }

  /** Signs in again who was signed in in this tab; the chats are shown at once. */
  resume(): void {
    const userId = signedInUser();
    if (userId !== undefined && this.#credentials.resume(userId)) void this.#logIn(userId, true);
  }

  /** Signs in, with what was asked for beside the name. */
  async signIn(userId: string, secret = ""): Promise<void> {
    const now: Phase = { at: "signing-in", userId };
    phase.value = now;
    const refused = await this.#enter(userId, secret);
    // Cancelled meanwhile.
    if (phase.value !== now) return;
    if (refused === undefined) await this.#logIn(userId, false);
    else await this.#leave(refused);
  }

  /** Signs in again where a kick ended the session. */
  async signInAgain(): Promise<void> {
    await this.#logIn(this.client.userId ?? "", true);
  }

  /** Signs in again where a token has ended the session. */
  async renew(userId: string, secret: string): Promise<void> {
    const now: Phase = { at: "expired", userId, busy: true };
    phase.value = now;
    const refused = await this.#enter(userId, secret);
    // Signed out meanwhile, or in by another tab.
    if (phase.value !== now) return;
    if (refused === undefined) await this.#logIn(userId, true);
    else phase.value = { at: "expired", userId, busy: false, refused };
  }

  async #enter(userId: string, secret: string): Promise<SignInError | undefined> {
    this.#isTold = true;
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    try {
      await this.#credentials.enter(userId, this.asks.value, secret, signal);
    } catch (error) {
      if (error instanceof SignInError) return error;
      if (!signal.aborted) throw error;
    }
    return undefined;
  }

  async #logIn(userId: string, resume: boolean): Promise<void> {
    if (resume) phase.value = { at: "signed-in", userId, resumed: true };
    this.#chats ??= Chats.open(userId);
    this.#history ??= new ServerHistory(this.client, await this.#chats);
    // Cancelled meanwhile.
    if (phase.value.at !== "signed-in" && phase.value.at !== "signing-in") return;
    const online = this.client.login({ userId });
    // Before anything new is written; the client keeps it until it is online.
    void this.#sendUnsent();
    try {
      await online;
    } catch (error) {
      const { name, code } = error as { name: string; code: number | string };
      if (name === "LoginRefusedError") await this.#refused(code);
      // Signed out in another tab; or cancelled, or kicked, which have been seen to.
      else if (phase.value.at === "signing-in") await this.#leave();
      return;
    }
    this.#isTold = false;
    this.#credentials.accepted(userId);
    phase.value = { at: "signed-in", userId, resumed: resume };
  }

  /** The server has not let the user in, or has sent them away as their token has expired. */
  async #refused(code: number | string): Promise<void> {
    const now = phase.value;
    const isSignedIn = now.at === "signed-in" && this.#credentials.areNeeded && NO_TOKEN.has(code);
    if (!isSignedIn) {
      // Nobody said that this server wants more than a name.
      if (code !== 1025 || !this.config.isGuess || this.asks.value !== "name") return this.#leave(code);
      this.asks.value = "token";
      return this.#leave(NEEDS_TOKEN);
    }
    const { userId } = now;
    const renewing: Phase = { at: "renewing", userId };
    phase.value = renewing;
    const isAnother = await this.#credentials.recover();
    // Signed out meanwhile, or in by another tab.
    if (phase.value !== renewing) return;
    if (isAnother) await this.#logIn(userId, true);
    else phase.value = { at: "expired", userId, busy: false, ...(this.#isTold && { refused: code }) };
  }

  async signOut(): Promise<void> {
    this.#asking.abort();
    await this.client.logout();
    await this.#leave();
  }

  /** Whether signing out would give something up, of any tab. */
  async hasUnsent(): Promise<boolean> {
    const unsent = await (await this.#chats)?.sending();
    return unsent !== undefined && unsent.length > 0;
  }

  /** Shows a conversation. */
  async show(peer: string): Promise<void> {
    await this.#chats;
    await this.#history?.fetch(peer);
    await (await this.#chats)?.show(peer);
  }

  /** Shows more of it. */
  async showMore(): Promise<void> {
    await (await this.#chats)?.showMore();
  }

  async sendText(peer: string, text: string): Promise<void> {
    await this.#send(peer, text, TEXT);
  }

  /** Sends an image: `text` as `writeImage` makes it. */
  async sendImage(peer: string, text: string): Promise<void> {
    await this.#send(peer, text, IMAGE);
  }

  /** Sends a failed message again; as the same one, so that it cannot arrive twice. */
  async retry(entry: Entry): Promise<void> {
    await (await this.#chats)?.update(entry.fp, { status: "sending" });
    void this.#deliver(entry);
  }

  async markRead(peer: string): Promise<void> {
    await (await this.#chats)?.markRead(peer);
    await this.#history?.markRead(peer);
  }

  /** The user types. */
  typing(peer: string): void {
    if (typing.isToBeTold(peer)) this.client.typing(peer);
  }

  /** Removes a message, in this browser only. */
  async remove(entry: Entry): Promise<void> {
    await (await this.#chats)?.remove(entry);
  }

  /** Removes a conversation, in this browser only. */
  async clear(peer: string): Promise<void> {
    leave();
    await (await this.#chats)?.clear(peer);
  }

  async #send(peer: string, text: string, typeu: number): Promise<void> {
    const message = { peer, text, typeu, fp: this.client.newFingerprint() };
    // Before it is sent: a page that is closed between the two finds it, and sends it.
    await (await this.#chats)?.add({ ...message, at: Date.now(), status: "sending" });
    void this.#deliver(message);
  }

  async #deliver({ peer, text, typeu, fp }: Pick<Entry, "peer" | "text" | "typeu" | "fp">): Promise<void> {
    this.#underWay.add(fp);
    try {
      await this.client.send(peer, text, { fp, typeu });
    } catch (error) {
      if (!(error instanceof SendError)) throw error;
      if (NOT_TAKEN.has(error.reason)) await this.#settle(fp, { status: "failed", failure: error.reason });
    }
  }

  async #settle(fp: string, fate: Fate): Promise<void> {
    this.#underWay.delete(fp);
    await (await this.#chats)?.update(fp, fate);
  }

  /** Sends what an earlier visit to the page did not get rid of; what the client has already is joined. */
  async #sendUnsent(): Promise<void> {
    for (const entry of (await (await this.#chats)?.sending()) ?? []) {
      if (!this.#underWay.has(entry.fp)) void this.#deliver(entry);
    }
  }

  async #receive(message: Message): Promise<void> {
    const { from, to, text, typeu, fp, time, own } = message;
    const peer = own || isGroup(to) ? to : from;
    typing.stops(peer);
    await this.#chats;
    const isUncounted = await this.#history?.isNew(peer, message);
    const entry = {
      peer,
      ...(isGroup(peer) && !own && { from }),
      fp: fp ?? this.client.newFingerprint(),
      text,
      typeu: typeu ?? TEXT,
      at: time ?? Date.now(),
    };
    // Written on another device, which knows better how far it has come: the server has it.
    if (own) {
      await (await this.#chats)?.add({ ...entry, status: "delivered" });
      return;
    }
    // Not by what is shown alone: it stays for a moment when the conversation is left.
    const here = place.value;
    const open = here.at === "chat" && here.peer === peer && shown.value?.peer === peer;
    const seen = open && document.visibilityState === "visible";
    const isNew = await (await this.#chats)?.add(entry, !seen && isUncounted);
    if (seen) void this.#history?.markRead(peer);
    // Else another tab was faster, and tells of it.
    if (!isNew) return;
    const [name, words] = [nameOf(peer), preview(entry)];
    announce(t.says(name, words));
    await notifyOf(peer, name, words, () => openConversation(peer));
  }

  async #leave(refused?: Refused): Promise<void> {
    if (phase.value.at === "signed-out") return;
    this.#credentials.forget();
    leave();
    phase.value = refused === undefined ? { at: "signed-out" } : { at: "signed-out", refused };
    const chats = this.#chats;
    this.#chats = undefined;
    this.#history = undefined;
    this.#underWay.clear();
    missedSince.value = undefined;
    (await chats)?.close();
  }
}
