import { type MobileIMError, storeError } from "./errors.js";
import type { MessageStore, StoredMessages } from "./store.js";

/** The application's store, if it has one, of the user who is logged in. What fails is reported and forgotten. */
export class StoreWriter {
  readonly #store: MessageStore | undefined;
  readonly #report: (error: MobileIMError) => void;
  #userId = "";

  constructor(store: MessageStore | undefined, report: (error: MobileIMError) => void) {
    this.#store = store;
    this.#report = report;
  }

  /** Whether what is unacknowledged outlives the page. */
  get exists(): boolean {
    return this.#store !== undefined;
  }

  /** Turns to a user and reads what is stored; undefined where there is no store. */
  open(userId: string): Promise<StoredMessages | undefined> | undefined {
    this.#userId = userId;
    return this.#do((store) => store.load(userId));
  }

  persist(fp: string, body: string): void {
    void this.#do((store) => store.persist(this.#userId, fp, body));
  }

  forget(fp: string): void {
    void this.#do((store) => store.forget(this.#userId, fp));
  }

  remember(hash: string): void {
    void this.#do((store) => store.remember(this.#userId, hash));
  }

  /** Never rejects. */
  #do<T>(action: (store: MessageStore) => T | Promise<T>): Promise<T | undefined> | undefined {
    const store = this.#store;
    if (store === undefined) return undefined;
    // At once, not in a microtask: what is stored in order must be written in order.
    return new Promise<T>((resolve) => resolve(action(store))).catch((cause: unknown) => {
      this.#report(storeError(cause));
      return undefined;
    });
  }
}
