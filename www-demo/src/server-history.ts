/** What the server keeps of conversations, where it does: put into the archive of a browser that does not have it. */
import { type Client, type HistoryMessage, type Message, QuestionError } from "mobileim";
import type { Entry, NewEntry } from "./archive/archive.js";
import type { Chats } from "./chats.js";
import { groupNames, isGroup } from "./names.js";

/** As many conversations and messages are asked for. */
const CONVERSATIONS = 200;
const MESSAGES = 80;

/** The server's part in one user's chats. */
export class ServerHistory {
  readonly #client: Client;
  readonly #chats: Chats;
  /** The number of the last message that is known, of each conversation. */
  readonly #last = new Map<string, number>();
  /** What is being fetched. */
  readonly #fetching = new Map<string, Promise<void>>();

  constructor(client: Client, chats: Chats) {
    this.#client = client;
    this.#chats = chats;
  }

  /** Lists the conversations, with what is unread on all devices. */
  async list(): Promise<void> {
    const page = await answered(this.#client.conversations({ limit: CONVERSATIONS }));
    for (const [index, { with: peer, lastSeq, last, unread, name }] of page?.conversations.entries() ?? []) {
      this.#knows(peer, lastSeq);
      if (name !== undefined) groupNames.value = { ...groupNames.value, [peer]: name };
      const entry = last && entryOf(peer, this.#client.userId, last);
      await this.#chats.learn(peer, unread, entry && ({ ...entry, seq: -index } as Entry));
    }
  }

  /** Fetches the last messages of a conversation of which there is nothing here, or those before one. */
  fetch(peer: string, before?: number): Promise<void> {
    if (!this.#chats.isUnfetched(peer)) return Promise.resolve();
    const fetching = this.#fetching.get(peer) ?? this.#fetch(peer, before);
    this.#fetching.set(peer, fetching);
    return fetching.finally(() => this.#fetching.delete(peer));
  }

  async #fetch(peer: string, before: number | undefined): Promise<void> {
    const options = before === undefined ? { limit: MESSAGES } : { limit: MESSAGES, before };
    const page = await answered(this.#client.history(peer, options));
    for (const message of page?.messages ?? []) {
      const entry = entryOf(peer, this.#client.userId, message);
      if (entry !== undefined) await this.#chats.add(entry);
    }
  }

  /** Whether a message that comes is not counted yet among the unread ones of its conversation. */
  async isNew(peer: string, { seq }: Message): Promise<boolean> {
    if (seq === undefined) return true;
    await this.fetch(peer, seq);
    return this.#knows(peer, seq);
  }

  /** The user has read a conversation. */
  async markRead(peer: string): Promise<void> {
    const seq = this.#last.get(peer);
    if (seq !== undefined) await answered(this.#client.markRead(peer, seq));
  }

  #knows(peer: string, seq: number): boolean {
    const known = this.#last.get(peer) ?? 0;
    this.#last.set(peer, Math.max(known, seq));
    return seq > known;
  }
}

/** An answer, unless the server keeps nothing, or gives none now. */
async function answered<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof QuestionError)) throw error;
    return undefined;
  }
}

/** A message as it is kept here; none for what tells of a group's changes. */
function entryOf(
  peer: string,
  userId: string | undefined,
  { change, fp, from, text, time, typeu }: HistoryMessage,
): NewEntry | undefined {
  if (change !== undefined || text === null) return undefined;
  const entry: NewEntry = { peer, fp, text, typeu, at: time };
  if (from === userId) entry.status = "delivered";
  else if (isGroup(peer)) entry.from = from;
  return entry;
}
