/** What is on the screen of what was said, and every way to change it. All tabs of a user show the same. */
import { computed, signal } from "@preact/signals";
import type { Archive, Change, Conversation, Entry, Fate, NewEntry } from "./archive/archive.js";
import { IndexedArchive } from "./archive/indexed.js";
import { MemoryArchive } from "./archive/memory.js";

/** All conversations, the latest first. */
export const conversations = signal<readonly Conversation[]>([]);

/** How many messages were not looked at yet. */
export const unreadCount = computed(() => conversations.value.reduce((sum, { unread }) => sum + unread, 0));

/** The part of a conversation that was read from the archive. */
export interface Shown {
  peer: string;
  entries: readonly Entry[];
  /** Whether there is more before them. */
  more: boolean;
  /** How many of them were not looked at when it was opened. */
  unread: number;
}

/** The conversation that is open; `undefined` until it is read. */
export const shown = signal<Shown | undefined>(undefined);

/** Whether the conversations have been read. */
export const ready = signal(false);

/** Whether the browser keeps what is said. */
export const kept = signal(true);

/** As many messages are read at once. */
const PAGE = 80;

/** What is told to the other tabs: what to read again. */
interface Notice {
  peer: string;
  seqs: readonly number[];
}

/** One user's chats. */
export class Chats {
  #archive: Archive;
  readonly #others: BroadcastChannel;

  private constructor(userId: string, archive: Archive) {
    this.#archive = archive;
    this.#others = new BroadcastChannel(`mobileim-demo/${userId}`);
    this.#others.onmessage = ({ data }: MessageEvent<Notice>) => void this.#lookAgain(data);
  }

  /** Reads a user's conversations. */
  static async open(userId: string): Promise<Chats> {
    const archive = await IndexedArchive.open(userId).catch(() => new MemoryArchive());
    kept.value = archive instanceof IndexedArchive;
    conversations.value = sorted(await archive.conversations());
    ready.value = true;
    return new Chats(userId, archive);
  }

  /** Nothing is shown any more. */
  close(): void {
    this.#others.close();
    this.#archive.close();
    ready.value = false;
    conversations.value = [];
    shown.value = undefined;
  }

  /** Reads the end of a conversation, at least as far back as it is unread. */
  async show(peer: string): Promise<void> {
    shown.value = undefined;
    const unread = conversations.value.find((one) => one.peer === peer)?.unread ?? 0;
    const count = Math.max(PAGE, unread + PAGE / 4);
    const entries = await this.#archive.page(peer, count);
    shown.value = { peer, entries, more: entries.length === count, unread };
  }

  /** Reads further back. */
  async showMore(): Promise<void> {
    const { peer, entries } = shown.value ?? {};
    const first = entries?.[0]?.seq;
    if (peer === undefined || first === undefined) return;
    const older = await this.#archive.page(peer, PAGE, first);
    const now = shown.value;
    // Another call was faster, or another conversation was opened.
    if (now?.entries[0]?.seq !== first) return;
    shown.value = { ...now, entries: [...older, ...now.entries], more: older.length === PAGE };
  }

  /** Whether it was new. */
  async add(entry: NewEntry, unread = false): Promise<boolean> {
    try {
      return this.#did(await this.#archive.add(entry, unread));
    } catch {
      // The disk is full, or the browser took the database away: what is said must be seen all the same.
      kept.value = false;
      this.#archive = new MemoryArchive(conversations.value, shown.value?.entries);
      return this.#did(await this.#archive.add(entry, unread));
    }
  }

  async update(fp: string, fate: Fate): Promise<void> {
    this.#did(await this.#archive.update(fp, fate));
  }

  async markRead(peer: string): Promise<void> {
    this.#did(await this.#archive.markRead(peer));
  }

  /** Whether the server has messages of it that are not here. */
  isUnfetched(peer: string): boolean {
    const { last } = conversations.value.find((one) => one.peer === peer) ?? {};
    return last !== undefined && last.seq <= 0;
  }

  /** What the server says of a conversation; see {@link Archive.learn}. */
  async learn(peer: string, unread: number, last?: Entry): Promise<void> {
    const known = conversations.value.find((one) => one.peer === peer);
    if (known?.unread === unread && known.last !== undefined) return;
    this.#did(await this.#archive.learn(peer, unread, last));
  }

  async remove(entry: Entry): Promise<void> {
    this.#did(await this.#archive.remove(entry));
  }

  async clear(peer: string): Promise<void> {
    this.#did(await this.#archive.clear(peer));
  }

  /** Own messages that are still to be delivered, oldest first. */
  sending(): Promise<Entry[]> {
    return this.#archive.sending();
  }

  #did(change: Change | undefined): boolean {
    if (change === undefined) return false;
    apply(change);
    if (!change.isNew) return false;
    const seqs = [...change.entries.map(({ seq }) => seq), ...change.removed];
    this.#others.postMessage({ peer: change.peer, seqs } satisfies Notice);
    return true;
  }

  async #lookAgain({ peer, seqs }: Notice): Promise<void> {
    apply(await this.#archive.look(peer, seqs));
  }
}

function apply(change: Change): void {
  const { peer, conversation } = change;
  const others = conversations.value.filter((one) => one.peer !== peer);
  conversations.value = conversation ? sorted([conversation, ...others]) : others;
  if (shown.value?.peer === peer) shown.value = { ...shown.value, entries: merged(shown.value, change) };
}

/** The messages on the screen after a change. Transactions end in order, so what comes later is newer. */
export function merged({ entries, more }: Shown, change: Change): readonly Entry[] {
  const gone = new Set(change.removed);
  const bySeq = new Map(change.entries.map((entry) => [entry.seq, entry]));
  const [first, last] = [entries[0]?.seq ?? 0, entries.at(-1)?.seq ?? 0];
  const present = new Set(entries.map(({ seq }) => seq));
  const kept = entries.filter(({ seq }) => !gone.has(seq)).map((entry) => bySeq.get(entry.seq) ?? entry);
  const added = change.entries.filter(({ seq }) => !present.has(seq) && (seq > first || !more));
  if (added.length === 0) return kept;
  const all = [...kept, ...added];
  return added.every(({ seq }) => seq > last) ? all : all.sort((a, b) => a.seq - b.seq);
}

function sorted(all: readonly Conversation[]): Conversation[] {
  return [...all].sort((a, b) => (b.last?.seq ?? 0) - (a.last?.seq ?? 0));
}
