import { computed, signal } from "@preact/signals";
import {
  type Client,
  type ClientState,
  createClient,
  type Message,
  type SendError,
  type SendFailure,
} from "mobileim";
import type { Config } from "./config.js";
import * as history from "./history.js";
import { forgetUser, rememberUser } from "./remembered.js";
import { closeConversation, openPeer } from "./route.js";

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

/** What was said. */
export const conversations = signal<history.History>([]);

/** How many messages were not looked at yet. */
export const unreadCount = computed(() => conversations.value.reduce((sum, { unread }) => sum + unread, 0));

/** Reasons why the client did not take a message. */
const NOT_TAKEN: ReadonlySet<SendFailure> = new Set([
  "not-logged-in",
  "no-receiver",
  "bad-fingerprint",
  "too-long",
  "outbox-full",
]);

/** One user's chats in this page: what the interface calls. */
export class Session {
  readonly #client: Client;
  readonly #config: Config;
  /** The client has these and will tell how they end, some of them only after another login. */
  readonly #underWay = new Set<string>();

  private constructor(client: Client, config: Config) {
    this.#client = client;
    this.#config = config;
    client.on("state", (state) => {
      connection.value = state;
    });
    client.on("message", (message) => this.#show(message));
    client.on("delivered", ({ fp }) => this.#settle(fp, { status: "delivered" }));
    client.on("lost", ({ message, reason }) => {
      this.#settle(message.fp ?? "", { status: "failed", hopeless: reason === "refused" });
    });
    client.on("kicked", ({ code }) => {
      const userId = client.userId ?? "";
      phase.value = { at: "kicked", userId, code };
    });
    client.on("error", (error) => {
      // A refusal while signing in reaches `signIn`; this is one after a lost link.
      if (error.name === "LoginRefusedError" && client.state === "closed") this.#leave(error.code);
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
    conversations.value = history.load(userId);
    phase.value = resume ? { at: "signed-in", userId, resumed: true } : { at: "signing-in", userId };
    const online = this.#client.login({ userId });
    // Before anything new is written; the client keeps it until it is online.
    this.#sendUnsent();
    try {
      await online;
    } catch (error) {
      const { name, code } = error as { name: string; code: number | string };
      // Cancelled, or kicked while signing in, which has an event of its own.
      if (name !== "LoginRefusedError") return;
      return this.#leave(code);
    }
    rememberUser(userId);
    phase.value = { at: "signed-in", userId, resumed: resume };
  }

  /** Signs in again where a kick ended the session. */
  async signInAgain(): Promise<void> {
    await this.signIn(this.#client.userId ?? "", true);
  }

  async signOut(): Promise<void> {
    await this.#client.logout();
    this.#leave();
  }

  /** Whether signing out would lose something. */
  get hasUnsent(): boolean {
    return this.#underWay.size > 0;
  }

  send(peer: string, text: string): void {
    const fp = this.#client.newFingerprint();
    this.#change((now) => history.add(now, peer, { fp, text, at: Date.now(), status: "sending" }, false));
    void this.#deliver(peer, text, fp);
  }

  /** Sends a failed message again; as the same one, so that it cannot arrive twice. */
  retry(peer: string, { fp, text }: history.Entry): void {
    this.#change((now) => history.update(now, fp, { status: "sending" }));
    void this.#deliver(peer, text, fp);
  }

  markRead(peer: string): void {
    this.#change((now) => history.markRead(now, peer));
  }

  async #deliver(peer: string, text: string, fp: string): Promise<void> {
    this.#underWay.add(fp);
    try {
      await this.#client.send(peer, text, { fp });
    } catch (error) {
      // What the client took has events that tell how it ends, after another login too. The rest is told here only.
      const { reason } = error as SendError;
      if (NOT_TAKEN.has(reason)) this.#settle(fp, { status: "failed", hopeless: reason === "too-long" });
    }
  }

  #settle(fp: string, outcome: Pick<history.Entry, "status" | "hopeless">): void {
    this.#underWay.delete(fp);
    this.#change((now) => history.update(now, fp, outcome));
  }

  /** Sends what an earlier visit to the page did not get rid of. */
  #sendUnsent(): void {
    for (const { peer, entry } of history.unsent(conversations.value)) {
      if (!this.#underWay.has(entry.fp)) void this.#deliver(peer, entry.text, entry.fp);
    }
  }

  #show({ from, text, fp, time }: Message): void {
    const entry = { fp: fp ?? this.#client.newFingerprint(), text, at: time ?? Date.now() };
    const seen = openPeer.value === from && document.visibilityState === "visible";
    this.#change((now) => history.add(now, from, entry, !seen));
  }

  #change(change: (now: history.History) => history.History): void {
    const before = conversations.value;
    conversations.value = change(before);
    const userId = this.#client.userId;
    if (userId !== undefined && conversations.value !== before) history.save(userId, conversations.value);
  }

  #leave(refused?: number | string): void {
    forgetUser();
    closeConversation();
    conversations.value = [];
    phase.value = refused === undefined ? { at: "signed-out" } : { at: "signed-out", refused };
  }
}
