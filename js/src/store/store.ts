/** The result of {@link MessageStore.load}. */
export interface StoredMessages {
  /** Bodies given to `persist` and not yet to `forget`, in that order. */
  outbox: readonly string[];
  /** Hashes given to `remember`, oldest first; the last 10,000 are enough. */
  received: readonly string[];
}

/**
 * Keeps unacknowledged messages, and the hashes of received ones, through a reload or a crash.
 *
 * Each user has a store of its own. A call must not wait for the one before it, but they must take effect in order;
 * failures are reported by an `error` event and the client goes on.
 */
export interface MessageStore {
  /** Everything stored for this user. Called once at each login, before anything is sent. */
  load(userId: string): Promise<StoredMessages>;
  /** Stores an unacknowledged message. */
  persist(userId: string, fp: string, body: string): void | Promise<void>;
  /** Removes it. */
  forget(userId: string, fp: string): void | Promise<void>;
  /** Stores the hash of a received message. */
  remember(userId: string, hash: string): void | Promise<void>;
  /**
   * Returns the device's name, which is the same for all users: the one that is kept, or else this fresh one, which is kept from then
   * on. Clients that ask at the same time must get the same. Without this function, or if it fails, logins name no device.
   */
  device?(fresh: string): string | Promise<string>;
}
