/**
 * The store of browsers, in IndexedDB.
 *
 * A change is written at once: its transaction begins in the same task or, if one is under way, after that,
 * with all that came meanwhile; one for a quiet message, one for hundreds in a storm. What comes and is acknowledged
 * meanwhile costs nothing. A page that is left does not wait, and may yet be too late: Chromium drops one in four of the
 * transactions that begin then.
 */
import { check, isText, TEXT } from "../client/arguments.js";
import { within } from "../client/deferred.js";
import type { MessageStore, StoredMessages } from "./store.js";
import type { PatientStore } from "./user-store.js";

/** How long the browser may take to open the database or to write. Some hang instead of failing. */
const PATIENCE_MS = 10_000;

/** The number of hashes of received messages in a record, */
const CHUNK = 100;

/** and of records: 10,000 hashes, and some room for records that were never filled. */
const CHUNKS = 110;

/** The key of the device's name, among the received: no user's keys are texts, and a store of its own would shut out tabs of earlier versions. */
const DEVICE = "device";

const OUTBOX = "outbox";
const RECEIVED = "received";

/** An unacknowledged message, and its place in the order. */
interface Row {
  at: number;
  body: string;
}

/** What one transaction will write; `undefined` removes. */
interface Write {
  scope: readonly [url: string, userId: string];
  /** Messages by their fingerprints, records of hashes by their numbers. */
  changes: Map<string | number, Row | string[] | undefined>;
  written: Promise<void> | undefined;
}

const writeFor = (scope: Write["scope"]): Write => ({ scope, changes: new Map(), written: undefined });

/** A store in this browser's IndexedDB, of its own for each server's address and user. */
export function indexedDbStore(url: string): MessageStore {
  check("url", TEXT, url);
  return new IndexedDbStore(url);
}

class IndexedDbStore implements PatientStore {
  readonly #url: string;
  #database: Promise<IDBDatabase> | undefined;
  /** The last transaction that has begun or will begin. */
  #last: Promise<unknown> = Promise.resolve();
  #next: Write;
  /** Has the next write not wait for the transaction before it. */
  flush = () => {};
  /** The latest time that stands for an order, in ms since 1970 or after, should the clock be set back. */
  #now = 0;
  /** The keys of the records of hashes, the oldest first; the last is being filled. */
  #chunks: number[] = [];
  /** What is in that one, and its key. */
  #hashes: string[] = [];
  #chunk = 0;
  /** The messages that the database has, or will have by what was begun; undefined while that is not known. */
  #kept: Set<string | number> | undefined;

  constructor(url: string) {
    this.#url = url;
    this.#next = writeFor([url, ""]);
    // What fails is tried again, and told, when it is needed.
    void this.#open();
  }

  load(userId: string): Promise<StoredMessages> {
    this.flush();
    const loading = this.#load(userId, this.#last);
    this.#last = loading;
    return loading;
  }

  persist(_userId: string, fp: string, body: string): Promise<void> {
    this.#next.changes.set(fp, { at: this.#tick(), body });
    return this.#write();
  }

  forget(_userId: string, fp: string): Promise<void> {
    const { changes } = this.#next;
    if (changes.get(fp) !== undefined && this.#kept?.has(fp) === false) changes.delete(fp);
    else changes.set(fp, undefined);
    return this.#write();
  }

  remember(_userId: string, hash: string): Promise<void> {
    this.#hashes.push(hash);
    this.#next.changes.set(this.#chunk, this.#hashes);
    if (this.#hashes.length >= CHUNK) this.#beginChunk([]);
    return this.#write();
  }

  async device(fresh: string): Promise<string> {
    const transaction = begin(await this.#open(), "readwrite");
    const store = transaction.objectStore(RECEIVED);
    const request = store.get(DEVICE);
    let name = fresh;
    // Of tabs that ask at once, the transaction of one comes first.
    request.onsuccess = () => {
      if (isText(request.result)) name = request.result;
      else store.put(fresh, DEVICE);
    };
    await ended(transaction);
    return name;
  }

  async #load(userId: string, before: Promise<unknown>): Promise<StoredMessages> {
    const scope = [this.#url, userId] as const;
    const write = writeFor(scope);
    this.#next = write;
    this.#kept = undefined;
    this.#chunks = [];
    this.#beginChunk([]);
    await before.catch(() => {});
    const database = await this.#open();
    const transaction = begin(database, "readonly");
    const mine = IDBKeyRange.bound([...scope], [...scope, []]);
    const [fps, outbox, keys, received] = await Promise.all([
      resultOf<[string, string, string][]>(transaction.objectStore(OUTBOX).getAllKeys(mine)),
      resultOf<Row[]>(transaction.objectStore(OUTBOX).getAll(mine)),
      resultOf<[string, string, number][]>(transaction.objectStore(RECEIVED).getAllKeys(mine)),
      resultOf<string[][]>(transaction.objectStore(RECEIVED).getAll(mine)),
    ]);
    const chunks = keys.map(([, , at]) => at);
    // Unless it came too late for the login.
    if (this.#next === write && write.written === undefined) {
      this.#kept = new Set(fps.map(([, , fp]) => fp));
      this.#resume(outbox, chunks, received);
    }
    return {
      outbox: outbox.sort((a, b) => a.at - b.at).map(({ body }) => body),
      received: received.flat(),
    };
  }

  /** Goes on where an earlier page stopped. */
  #resume(outbox: Row[], chunks: number[], received: string[][]): void {
    this.#now = Math.max(this.#now, ...outbox.map(({ at }) => at), ...chunks);
    this.#chunks = chunks;
    const last = received[received.length - 1];
    const unfilled = last !== undefined && last.length < CHUNK;
    // Under a key of its own: there may be another page for which the old one still is the last.
    if (unfilled) this.#next.changes.set(chunks.pop() ?? 0, undefined);
    this.#beginChunk(unfilled ? [...last] : []);
    if (unfilled) this.#next.changes.set(this.#chunk, this.#hashes);
  }

  #beginChunk(hashes: string[]): void {
    this.#hashes = hashes;
    this.#chunk = this.#tick();
    this.#chunks.push(this.#chunk);
    const excess = Math.max(0, this.#chunks.length - CHUNKS);
    for (const old of this.#chunks.splice(0, excess)) this.#next.changes.set(old, undefined);
  }

  /** A time later than all before, for an order that outlives the page. */
  #tick(): number {
    this.#now = Math.max(this.#now + 1, Date.now());
    return this.#now;
  }

  /** Has the next write done after the last one, and resolves when it is. */
  #write(): Promise<void> {
    const write = this.#next;
    write.written ??= this.#writeAfter(this.#last, write);
    this.#last = write.written;
    return write.written;
  }

  async #writeAfter(before: Promise<unknown>, write: Write): Promise<void> {
    await new Promise<void>((resolve) => {
      const go = () => resolve();
      this.flush = go;
      before.then(go, go);
    });
    if (this.#next === write) this.#next = writeFor(write.scope);
    if (write.changes.size === 0) {
      // Nothing was tried: whether it would have worked, the last time tells.
      await before;
      return;
    }
    for (const [key, value] of write.changes) {
      if (value === undefined) this.#kept?.delete(key);
      else this.#kept?.add(key);
    }
    await within(PATIENCE_MS, this.#writeNow(write));
  }

  async #writeNow({ scope, changes }: Write): Promise<void> {
    // No transaction is waited for: the database runs them in the order in which they begin.
    let transaction: IDBTransaction;
    const opening = this.#open();
    try {
      transaction = begin(await opening, "readwrite");
    } catch {
      // The database was closed under our feet: another one, or none.
      if (this.#database === opening) this.#database = undefined;
      transaction = begin(await this.#open(), "readwrite");
    }
    const done = ended(transaction);
    for (const [key, value] of changes) {
      const store = transaction.objectStore(typeof key === "string" ? OUTBOX : RECEIVED);
      if (value === undefined) store.delete([...scope, key]);
      else store.put(value, [...scope, key]);
    }
    // Without a wait for the answers, which a page that crashes would not hear.
    transaction.commit?.();
    await done;
  }

  #open(): Promise<IDBDatabase> {
    if (this.#database !== undefined) return this.#database;
    const forget = () => {
      if (this.#database === opening) this.#database = undefined;
    };
    const opened = new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open("mobileim", 1);
      request.onupgradeneeded = () => {
        for (const name of [OUTBOX, RECEIVED]) request.result.createObjectStore(name);
      };
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        const close = () => {
          database.close();
          forget();
        };
        // Another page wants to delete it or to make it newer: we must not keep it waiting.
        database.onversionchange = close;
        database.onclose = forget;
        if (this.#database === opening) resolve(database);
        else close();
      };
    });
    const opening = within(PATIENCE_MS, opened);
    this.#database = opening;
    opening.catch(forget);
    return opening;
  }
}

function begin(database: IDBDatabase, mode: IDBTransactionMode): IDBTransaction {
  return database.transaction([OUTBOX, RECEIVED], mode);
}

function ended(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error("the transaction was aborted"));
  });
}

function resultOf<T>(request: IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
}
