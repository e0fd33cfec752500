import { within } from "../client/deferred.js";
import type { MessageStore, StoredMessages } from "./store.js";

/** A login waits no longer for what is stored. Shorter than the engine waits for a link. */
export const PATIENCE_MS = 3000;

/** One that puts some writes off, as ours in IndexedDB does. */
export interface PatientStore extends MessageStore {
  /** Begins them at once: the client is closed, or its page is hidden or left, maybe for good. */
  flush?(): void;
}

/** The store, if there is one, of the user who is logged in. What fails is reported once, and the client goes on. */
export class UserStore {
  readonly #store: PatientStore | undefined;
  readonly #report: (cause: unknown) => void;
  #userId = "";
  /** The call that failed, until it succeeds. */
  #broken: keyof MessageStore | undefined;

  constructor(store: MessageStore | undefined, report: (cause: unknown) => void) {
    this.#store = store;
    this.#report = report;
  }

  /** Whether unacknowledged messages outlive the page. */
  get exists(): boolean {
    return this.#store !== undefined;
  }

  /** Turns to a user and reads what the store has; undefined without a store. */
  open(userId: string): Promise<StoredMessages | undefined> | undefined {
    this.#userId = userId;
    return this.#do("load", async (store) => {
      const stored = await within(PATIENCE_MS, Promise.resolve(store.load(userId)));
      if (!Array.isArray(stored?.outbox) || !Array.isArray(stored.received))
        throw new TypeError("it gave no { outbox, received }");
      return stored;
    });
  }

  persist(fp: string, body: string): void {
    void this.#do("persist", (store) => store.persist(this.#userId, fp, body));
  }

  forget(fp: string): void {
    void this.#do("forget", (store) => store.forget(this.#userId, fp));
  }

  remember(hash: string): void {
    void this.#do("remember", (store) => store.remember(this.#userId, hash));
  }

  flush(): void {
    this.#store?.flush?.();
  }

  /** Never rejects. */
  #do<T>(
    call: keyof MessageStore,
    action: (store: MessageStore) => T | Promise<T>,
  ): Promise<T | undefined> | undefined {
    const store = this.#store;
    if (store === undefined) return undefined;
    // At once, not in a microtask: what is stored in order must be written in order.
    return new Promise<T>((resolve) => resolve(action(store))).then(
      (value) => {
        // A store that could not be read is whole again as soon as it takes anything.
        if (this.#broken === call || this.#broken === "load") this.#broken = undefined;
        return value;
      },
      (cause: unknown) => {
        if (this.#broken === undefined) this.#report(cause);
        this.#broken ??= call;
        return undefined;
      },
    );
  }
}
