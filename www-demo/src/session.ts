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
import type { Config } from "./config.js";
import { IMAGE, TEXT } from "./image-message.js";
import { nameOf } from "./names.js";
import { notifyOf } from "./notifications.js";
import { preview } from "./preview.js";
import { forgetUser, rememberUser } from "./remembered.js";
import { leave, openConversation, place } from "./route.js";
import { t } from "./texts.js";

/** Where the user stands. */
export type Phase =
  | { at: "signed-out"; refused?: number | string }
  | { at: "signing-in"; userId: string }
  | { at: "signed-in"; userId: string; resumed: boolean }
  | { at: "kicked"; userId: string; code: number };

/** Where the user stands. */
export const phase = signal<Phase>({ at: "signed-out" });

/** Where the connection stands. */
export const connection = signal<ClientState>("offline");

/** Reasons why the client did not take a message. How those end that it took, its events tell. */
const NOT_TAKEN: ReadonlySet<SendFailure> = new Set([
  "not-logged-in",
  "no-receiver",
  "bad-receiver",
  "bad-fingerprint",
  "too-long",
  "outbox-full",
]);

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
  readonly #config: Config;
  #chats: Promise<Chats> | undefined;
  /** What the client has, and will tell how it ends. */
  readonly #underWay = new Set<string>();

  private constructor(client: Client, config: Config) {
    this.client = client;
    this.#config = config;
    client.on("state", (state) => {
      connection.value = state;
      // What another tab wrote down and was closed before it sent it, too.
      if (state === "online") void this.#sendUnsent();
      // Signed out in another tab. A kick and a refusal have events of their own, in the same breath.
      if (state === "closed") queueMicrotask(() => void (phase.value.at === "signed-in" && this.#leave()));
    });
    client.on("message", (message) => void this.#receive(message));
    client.on("delivered", ({ fp }) => void this.#settle(fp, { status: "delivered" }));
    client.on("lost", ({ message, reason, code }: Lost) => {
      void this.#settle(message.fp ?? "", { status: "failed", failure: reason, ...(code && { code }) });
    });
    client.on("kicked", ({ code }) => {
      phase.value = { at: "kicked", userId: client.userId ?? "", code };
    });
    client.on("error", (error) => {
      // A refusal while signing in reaches `signIn`; this is one after a lost link.
      if (error.name === "LoginRefusedError" && client.state === "closed") void this.#leave(error.code);
    });
  }

  /** Loads the engine. */
  static async create(config: Config): Promise<Session> {
    const client = await createClient({ url: config.websocket, getToken: () => config.token });
    return new Session(client, config);
  }

  /** The server's address. */
  get server(): string {
    return this.#config.websocket;
  }

  /** Signs in; when `resume` is set, the chats are shown at once. */
  async signIn(userId: string, resume = false): Promise<void> {
    phase.value = resume ? { at: "signed-in", userId, resumed: true } : { at: "signing-in", userId };
    this.#chats ??= Chats.open(userId);
    await this.#chats;
    // Cancelled meanwhile.
    if (phase.value.at !== "signed-in" && phase.value.at !== "signing-in") return;
    const online = this.client.login({ userId });
    // Before anything new is written; the client keeps it until it is online.
    void this.#sendUnsent();
    try {
      await online;
    } catch (error) {
      const { name, code } = error as { name: string; code: number | string };
      if (name === "LoginRefusedError") await this.#leave(code);
      // Signed out in another tab; or cancelled, or kicked, which have been seen to.
      else if (phase.value.at === "signing-in") await this.#leave();
      return;
    }
    rememberUser(userId);
    phase.value = { at: "signed-in", userId, resumed: resume };
  }

  /** Signs in again where a kick ended the session. */
  async signInAgain(): Promise<void> {
    await this.signIn(this.client.userId ?? "", true);
  }

  async signOut(): Promise<void> {
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

  async #receive({ from, text, typeu, fp, time }: Message): Promise<void> {
    const entry = {
      peer: from,
      fp: fp ?? this.client.newFingerprint(),
      text,
      typeu: typeu ?? TEXT,
      at: time ?? Date.now(),
    };
    // Not by what is shown alone: it stays for a moment when the conversation is left.
    const here = place.value;
    const open = here.at === "chat" && here.peer === from && shown.value?.peer === from;
    const seen = open && document.visibilityState === "visible";
    const isNew = await (await this.#chats)?.add(entry, !seen);
    // Else another tab was faster, and tells of it.
    if (!isNew) return;
    const [name, words] = [nameOf(from), preview(entry)];
    announce(t.says(name, words));
    await notifyOf(from, name, words, () => openConversation(from));
  }

  async #leave(refused?: number | string): Promise<void> {
    if (phase.value.at === "signed-out") return;
    forgetUser();
    leave();
    phase.value = refused === undefined ? { at: "signed-out" } : { at: "signed-out", refused };
    const chats = this.#chats;
    this.#chats = undefined;
    this.#underWay.clear();
    (await chats)?.close();
  }
}
