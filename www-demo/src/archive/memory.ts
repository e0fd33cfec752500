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

/** An archive for as long as the page is open: where the browser keeps nothing. */
export class MemoryArchive implements Archive {
  #entries: Entry[];
  readonly #conversations: Map<string, Conversation>;
  #seq: number;

  /** Goes on from what was read elsewhere. */
  constructor(conversations: readonly Conversation[] = [], entries: readonly Entry[] = []) {
    this.#entries = [...entries];
    this.#conversations = new Map(conversations.map((one) => [one.peer, one]));
    this.#seq = Math.max(0, ...conversations.map(({ last }) => last?.seq ?? 0));
  }

  async conversations(): Promise<Conversation[]> {
    return [...this.#conversations.values()];
  }

  async page(peer: string, count: number, before = Number.POSITIVE_INFINITY): Promise<Entry[]> {
    return this.#of(peer)
      .filter(({ seq }) => seq < before)
      .slice(-count);
  }

  async sending(): Promise<Entry[]> {
    return this.#entries.filter(({ status }) => status === "sending");
  }

  async add(entry: NewEntry, unread: boolean): Promise<Change> {
    const found = this.#find(identity(entry));
    if (found !== undefined) return { ...this.#put(this.#conversation(entry.peer), found), isNew: false };
    this.#seq += 1;
    const added = { ...entry, seq: this.#seq };
    this.#entries.push(added);
    return this.#put(after(this.#conversations.get(entry.peer), added, unread), added);
  }

  async update(fp: string, fate: Fate): Promise<Change | undefined> {
    const before = this.#find(identity({ fp, peer: "", status: "sending" }));
    if (before === undefined) return undefined;
    const entry = withFate(before, fate);
    this.#entries = this.#entries.map((one) => (one === before ? entry : one));
    const conversation = this.#conversation(entry.peer);
    return this.#put(
      conversation.last?.seq === entry.seq ? { ...conversation, last: entry } : conversation,
      entry,
    );
  }

  async markRead(peer: string): Promise<Change | undefined> {
    const before = this.#conversations.get(peer);
    return before && { ...this.#put({ ...before, unread: 0 }), isNew: before.unread > 0 };
  }

  async learn(peer: string, unread: number, last?: Entry): Promise<Change> {
    const before = this.#conversation(peer);
    return this.#put({ peer, unread, ...(last && { last }), ...(before.last && { last: before.last }) });
  }

  async remove({ peer, seq }: Entry): Promise<Change> {
    this.#entries = this.#entries.filter((one) => one.seq !== seq);
    const last = this.#of(peer).at(-1);
    const change = this.#put({ peer, unread: this.#conversation(peer).unread, ...(last && { last }) });
    return { ...change, removed: [seq] };
  }

  async clear(peer: string): Promise<Change> {
    const removed = this.#of(peer).map(({ seq }) => seq);
    this.#entries = this.#entries.filter((one) => one.peer !== peer);
    this.#conversations.delete(peer);
    return { peer, isNew: true, entries: [], removed };
  }

  async look(peer: string): Promise<Change> {
    return { ...this.#put(this.#conversation(peer)), isNew: false };
  }

  close(): void {}

  #of(peer: string): Entry[] {
    return this.#entries.filter((one) => one.peer === peer);
  }

  #find(id: string): Entry | undefined {
    return this.#entries.find((one) => identity(one) === id);
  }

  #conversation(peer: string): Conversation {
    return this.#conversations.get(peer) ?? { peer, unread: 0 };
  }

  #put(conversation: Conversation, ...entries: Entry[]): Change {
    this.#conversations.set(conversation.peer, conversation);
    return { peer: conversation.peer, isNew: true, conversation, entries, removed: [] };
  }
}
