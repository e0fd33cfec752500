import { check, isText, TEXT } from "../client/arguments.js";
import type { MessageStore, StoredMessages } from "../store/store.js";
import { SegmentedList } from "./segments.js";
import { readKey, removeKey, storageKeys, writeKey } from "./storage.js";

/** A message of the outbox: its fingerprint and its body. */
type Kept = [fp: string, body: string];

/** 20 segments of 500 hashes are the 10,000 that are enough; the last one is seldom full. */
const RECEIVED = { items: 500, units: 16_384, segments: 21 };
/** The engine bounds the outbox. Of what UTF-16 has in a segment, UTF-8 is at most three times as much. */
const OUTBOX = { items: 200, units: 65_536, segments: Number.POSITIVE_INFINITY };
/** Hashes of users who are not logged in: what is older is dropped, so that guests do not fill the storage. */
const SEGMENTS_OF_OTHERS = 63;

const isKept = (item: unknown): item is Kept =>
  Array.isArray(item) && item.length === 2 && item.every(isText);

const outboxPrefix = (scope: string) => `mobileim/outbox/${scope}/`;
const DEVICE = "mobileim/device";
const RECEIVED_PREFIX = "mobileim/received/";

/** One user's lists. */
class UserLists {
  readonly outbox: SegmentedList<Kept>;
  readonly received: SegmentedList<string>;

  constructor(scope: string) {
    this.outbox = new SegmentedList(outboxPrefix(scope), OUTBOX, ([fp, body]) => fp.length + body.length);
    this.received = new SegmentedList(`${RECEIVED_PREFIX}${scope}/`, RECEIVED, (hash) => hash.length);
  }
}

/** All access to the storage, of all clients, one after the other: what one closed client writes another one reads. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(action: () => Promise<T>): Promise<T> {
  const result = last.then(action);
  last = result.catch(() => {});
  return result;
}

/**
 * The {@link MessageStore} in `wx.setStorage`: scoped by the server's address and user, in a few keys that begin with
 * `mobileim/`. Changes that come while something is being written are written together.
 */
export class WxStore implements MessageStore {
  readonly #url: string;
  readonly #lists = new Map<string, UserLists>();
  /** Of each user, what is yet to begin. */
  readonly #flushes = new Map<string, Promise<void>>();

  constructor(url: string) {
    check("url", TEXT, url);
    this.#url = url;
  }

  load(userId: string): Promise<StoredMessages> {
    return inTurn(async () => {
      const { outbox, received } = this.#listsOf(userId);
      const keys = await storageKeys();
      await outbox.load(keys, isKept);
      await received.load(keys, isText);
      await this.#dropOldest(keys, userId);
      return { outbox: outbox.items.map(([, body]) => body), received: received.items };
    });
  }

  persist(userId: string, fp: string, body: string): Promise<void> {
    this.#listsOf(userId).outbox.append([fp, body]);
    return this.#flush(userId);
  }

  forget(userId: string, fp: string): Promise<void> {
    this.#listsOf(userId).outbox.remove(([kept]) => kept === fp);
    return this.#flush(userId);
  }

  remember(userId: string, hash: string): Promise<void> {
    this.#listsOf(userId).received.append(hash);
    return this.#flush(userId);
  }

  device(fresh: string): Promise<string> {
    return inTurn(async () => {
      const kept = (await storageKeys()).includes(DEVICE) && (await readKey(DEVICE));
      if (isText(kept)) return kept;
      await writeKey(DEVICE, fresh);
      return fresh;
    });
  }

  #scope(userId: string): string {
    return `${userId}@${this.#url}`;
  }

  #listsOf(userId: string): UserLists {
    const lists = this.#lists.get(userId) ?? new UserLists(this.#scope(userId));
    this.#lists.set(userId, lists);
    return lists;
  }

  #flush(userId: string): Promise<void> {
    const waiting = this.#flushes.get(userId);
    if (waiting !== undefined) return waiting;
    const flush = inTurn(async () => {
      this.#flushes.delete(userId);
      const { outbox, received } = this.#listsOf(userId);
      await outbox.flush();
      await received.flush();
    });
    this.#flushes.set(userId, flush);
    return flush;
  }

  async #dropOldest(keys: readonly string[], userId: string): Promise<void> {
    const own = `${RECEIVED_PREFIX}${this.#scope(userId)}/`;
    const number = (key: string) => Number(key.slice(key.lastIndexOf("/") + 1));
    const others = keys
      .filter((key) => key.startsWith(RECEIVED_PREFIX) && !key.startsWith(own))
      .sort((a, b) => number(b) - number(a));
    // The login does not depend on it.
    for (const key of others.slice(SEGMENTS_OF_OTHERS)) await removeKey(key).catch(() => {});
  }
}
