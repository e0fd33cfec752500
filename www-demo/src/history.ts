/** What was said, per conversation: plain values and functions that make new ones. */

/** How far a message of one's own has come. */
export type Status = "sending" | "delivered" | "failed";

/** A bubble. */
export interface Entry {
  /** The message's fingerprint. */
  fp: string;
  text: string;
  /** ms since 1970. */
  at: number;
  /** Only of one's own messages. */
  status?: Status;
  /** Of a failed message: whether trying again may help. */
  hopeless?: boolean;
}

/** Everything said with one other user. */
export interface Conversation {
  peer: string;
  entries: readonly Entry[];
  unread: number;
}

/** All conversations, the latest first. */
export type History = readonly Conversation[];

/** More is not kept for a conversation: this is a demo, and browsers keep little. */
const KEPT = 300;

/** The conversation with a user; an empty one where there is none. */
export function conversation(history: History, peer: string): Conversation {
  return history.find((one) => one.peer === peer) ?? { peer, entries: [], unread: 0 };
}

/** Adds a bubble at the end; nothing changes where it is there already. */
export function add(history: History, peer: string, entry: Entry, unread: boolean): History {
  const before = conversation(history, peer);
  const mine = entry.status !== undefined;
  if (before.entries.some((one) => one.fp === entry.fp && (one.status !== undefined) === mine))
    return history;
  const after = {
    peer,
    entries: [...before.entries, entry].slice(-KEPT),
    unread: before.unread + (unread ? 1 : 0),
  };
  return [after, ...history.filter((one) => one !== before)];
}

/** Changes what is known of one's own message; nothing where there is none such. */
export function update(history: History, fp: string, change: Pick<Entry, "status" | "hopeless">): History {
  const isIt = (entry: Entry) => entry.fp === fp && entry.status !== undefined;
  if (!history.some(({ entries }) => entries.some(isIt))) return history;
  return history.map((one) =>
    one.entries.some(isIt)
      ? { ...one, entries: one.entries.map((entry) => (isIt(entry) ? { ...entry, ...change } : entry)) }
      : one,
  );
}

/** The conversation was looked at. */
export function markRead(history: History, peer: string): History {
  if (conversation(history, peer).unread === 0) return history;
  return history.map((one) => (one.peer === peer ? { ...one, unread: 0 } : one));
}

/** What is still to be sent, with its receiver, the oldest first. */
export function unsent(history: History): { peer: string; entry: Entry }[] {
  return history
    .flatMap(({ peer, entries }) => entries.map((entry) => ({ peer, entry })))
    .filter(({ entry }) => entry.status === "sending")
    .sort((a, b) => a.entry.at - b.entry.at);
}

const key = (userId: string) => `mobileim-demo/history/${userId}`;

/** What a user's earlier visits left in this browser. */
export function load(userId: string): History {
  try {
    const text = localStorage.getItem(key(userId));
    return text === null ? [] : (JSON.parse(text) as History);
  } catch {
    return [];
  }
}

/** Keeps it for the next visit, if the browser lets us. */
export function save(userId: string, history: History): void {
  try {
    localStorage.setItem(key(userId), JSON.stringify(history));
  } catch {
    // Private mode, or full: the demo goes on without.
  }
}
