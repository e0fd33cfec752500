import { type DBSchema, type IDBPDatabase, openDB } from "idb";
import {
  type Archive,
  after,
  type Change,
  type Conversation,
  type Entry,
  type Fate,
  identity,
  type NewEntry,
  withFate,
} from "./archive.js";

type StoredEntry = Entry & { identity: string };

interface Schema extends DBSchema {
  entries: {
    key: number;
    value: StoredEntry;
    indexes: { identity: string; peer: [string, number]; status: string };
  };
  conversations: { key: string; value: Conversation };
}

const BOTH = ["entries", "conversations"] as const;

const allOf = (peer: string, before = Number.POSITIVE_INFINITY) =>
  IDBKeyRange.bound([peer, 0], [peer, before], false, true);

function change(
  peer: string,
  isNew: boolean,
  conversation: Conversation | undefined,
  entries: readonly Entry[] = [],
  removed: readonly number[] = [],
): Change {
  return { peer, isNew, ...(conversation && { conversation }), entries, removed };
}

/** An archive in IndexedDB, one database for each user. */
export class IndexedArchive implements Archive {
  readonly #database: IDBPDatabase<Schema>;

  private constructor(database: IDBPDatabase<Schema>) {
    this.#database = database;
  }

  /** Opens it; throws where the browser keeps nothing for this page. */
  static async open(userId: string): Promise<IndexedArchive> {
    return new IndexedArchive(
      await openDB<Schema>(`mobileim-demo/${userId}`, 1, {
        upgrade(database) {
          const entries = database.createObjectStore("entries", { keyPath: "seq", autoIncrement: true });
          entries.createIndex("identity", "identity", { unique: true });
          entries.createIndex("peer", ["peer", "seq"]);
          entries.createIndex("status", "status");
          database.createObjectStore("conversations", { keyPath: "peer" });
        },
      }),
    );
  }

  conversations(): Promise<Conversation[]> {
    return this.#database.getAll("conversations");
  }

  async page(peer: string, count: number, before?: number): Promise<Entry[]> {
    const index = this.#database.transaction("entries").store.index("peer");
    // All of the keys are read faster than `count` entries by a cursor from the end.
    const keys = (await index.getAllKeys(allOf(peer, before))).slice(-count);
    const [first] = keys;
    if (first === undefined) return [];
    return index.getAll(IDBKeyRange.bound([peer, first], [peer, keys.at(-1)]));
  }

  sending(): Promise<Entry[]> {
    return this.#database.getAllFromIndex("entries", "status", "sending");
  }

  async add(entry: NewEntry, unread: boolean): Promise<Change> {
    const { entries, conversations, done } = this.#write();
    const stored = { ...entry, identity: identity(entry) } as StoredEntry;
    const found = await entries.index("identity").get(stored.identity);
    const before = await conversations.get(entry.peer);
    if (found !== undefined) return change(entry.peer, false, before, [found]);
    const added = { ...stored, seq: await entries.add(stored) };
    const conversation = after(before, added, unread);
    await conversations.put(conversation);
    await done;
    return change(entry.peer, true, conversation, [added]);
  }

  async update(fp: string, fate: Fate): Promise<Change | undefined> {
    const { entries, conversations, done } = this.#write();
    const before = await entries.index("identity").get(identity({ fp, peer: "", status: "sending" }));
    if (before === undefined) return undefined;
    const entry = withFate(before, fate) as StoredEntry;
    await entries.put(entry);
    let conversation = await conversations.get(entry.peer);
    if (conversation?.last?.seq === entry.seq) {
      conversation = { ...conversation, last: entry };
      await conversations.put(conversation);
    }
    await done;
    return change(entry.peer, true, conversation, [entry]);
  }

  async markRead(peer: string): Promise<Change | undefined> {
    const { conversations, done } = this.#write();
    const before = await conversations.get(peer);
    if (before === undefined) return undefined;
    if (before.unread === 0) return change(peer, false, before);
    const conversation = { ...before, unread: 0 };
    await conversations.put(conversation);
    await done;
    return change(peer, true, conversation);
  }

  async learn(peer: string, unread: number, last?: Entry): Promise<Change> {
    const { conversations, done } = this.#write();
    const before = await conversations.get(peer);
    const conversation = { peer, unread, ...(last && { last }), ...(before?.last && { last: before.last }) };
    await conversations.put(conversation);
    await done;
    return change(peer, true, conversation);
  }

  async remove({ peer, seq }: Entry): Promise<Change> {
    const { entries, conversations, done } = this.#write();
    await entries.delete(seq);
    const last = (await entries.index("peer").openCursor(allOf(peer), "prev"))?.value;
    const conversation = {
      peer,
      unread: (await conversations.get(peer))?.unread ?? 0,
      ...(last && { last }),
    };
    await conversations.put(conversation);
    await done;
    return change(peer, true, conversation, [], [seq]);
  }

  async clear(peer: string): Promise<Change> {
    const { entries, conversations, done } = this.#write();
    const removed = await entries.index("peer").getAllKeys(allOf(peer));
    for (const seq of removed) void entries.delete(seq);
    await conversations.delete(peer);
    await done;
    return change(peer, true, undefined, [], removed);
  }

  async look(peer: string, seqs: readonly number[]): Promise<Change> {
    const transaction = this.#database.transaction(BOTH);
    const conversation = await transaction.objectStore("conversations").get(peer);
    const found = await Promise.all(seqs.map((seq) => transaction.objectStore("entries").get(seq)));
    const entries = found.filter((entry) => entry !== undefined);
    const removed = seqs.filter((_, index) => found[index] === undefined);
    return change(peer, false, conversation, entries, removed);
  }

  close(): void {
    this.#database.close();
  }

  #write() {
    const transaction = this.#database.transaction(BOTH, "readwrite");
    return {
      entries: transaction.objectStore("entries"),
      conversations: transaction.objectStore("conversations"),
      done: transaction.done,
    };
  }
}
