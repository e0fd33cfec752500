/** What was said, kept in the browser: shared by all tabs of a user, and there again after a reload. */
import type { SendFailure } from "mobileim";

/** How far a message of one's own has come. */
export type Status = "sending" | "delivered" | "failed";

/** What a message is before it is in the archive. */
export interface NewEntry {
  /** Whom one talks with, whoever wrote it. */
  peer: string;
  /** Who has written it, in a group. */
  from?: string;
  /** The message's fingerprint. */
  fp: string;
  text: string;
  /** The application's own type: see `image-message.ts`. */
  typeu: number;
  /** ms since 1970. */
  at: number;
  /** Only of one's own messages. */
  status?: Status;
  /** Why it failed. */
  failure?: SendFailure;
  /** The server's number, where it refused the message. */
  code?: number;
}

/** A message. */
export interface Entry extends NewEntry {
  /** Grows with every message: the order in which they are shown. */
  seq: number;
}

/** How a message of one's own changes. */
export type Fate = Pick<NewEntry, "status" | "failure" | "code">;

/** What is known of everything said with one user, without reading it all. */
export interface Conversation {
  peer: string;
  /** Until its messages are fetched from the server, the last one has no place among those that are kept: its `seq` is not positive. */
  last?: Entry;
  /** How many messages were not looked at yet. */
  unread: number;
}

/** What an action changed in one conversation, or found there. */
export interface Change {
  peer: string;
  /** Whether the action did it. Else it was so before: another tab may have done it, and may not live to tell. */
  isNew: boolean;
  /** Missing where the conversation is deleted. */
  conversation?: Conversation;
  /** Messages that are new, or changed. */
  entries: readonly Entry[];
  /** Messages that are gone, by their `seq`. */
  removed: readonly number[];
}

/** Where it is kept. Each action takes effect as a whole, or not at all, whatever other tabs do at the same time. */
export interface Archive {
  conversations(): Promise<Conversation[]>;
  /** The last `count` messages before `before`, oldest first. */
  page(peer: string, count: number, before?: number): Promise<Entry[]>;
  /** Own messages that are still to be delivered, oldest first. */
  sending(): Promise<Entry[]>;
  /** Adds a message at the end; finds it where it is there already. */
  add(entry: NewEntry, unread: boolean): Promise<Change>;
  /** Changes one's own message; nothing where there is none such. */
  update(fp: string, fate: Fate): Promise<Change | undefined>;
  /** Nothing is unread any more; nothing happens where there is no such conversation. */
  markRead(peer: string): Promise<Change | undefined>;
  /** What the server says: how many are unread, and which was the last, which counts where nothing is kept. */
  learn(peer: string, unread: number, last?: Entry): Promise<Change>;
  remove(entry: Entry): Promise<Change>;
  /** Deletes a conversation. */
  clear(peer: string): Promise<Change>;
  /** The present state of what another tab has changed. */
  look(peer: string, seqs: readonly number[]): Promise<Change>;
  close(): void;
}

/** What makes a message that one, among a user's messages. A text to oneself is sent, and received. */
export function identity({ status, peer, fp }: Pick<NewEntry, "status" | "peer" | "fp">): string {
  return status === undefined ? `< ${peer} ${fp}` : `> ${fp}`;
}

/** A conversation after a message has come. */
export function after(before: Conversation | undefined, last: Entry, unread: boolean): Conversation {
  return { peer: last.peer, last, unread: (before?.unread ?? 0) + (unread ? 1 : 0) };
}

/** A message after its fate is known. */
export function withFate({ failure: _, code: __, ...entry }: Entry, fate: Fate): Entry {
  return { ...entry, ...fate };
}
