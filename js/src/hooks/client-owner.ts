import { check, FUNCTION, idOf } from "../client/arguments.js";
import type { Client, ClientEvents, ClientState, Message } from "../client/client.js";
import type { Listener } from "../client/emitter.js";
import type { LoginOptions, UserId } from "../client/options.js";

/** What there is to see of an owner's client. */
export interface Snapshot {
  /** Missing until it is made. */
  readonly client: Client | undefined;
  readonly state: ClientState;
  /** Why there is no client, or why it is not logged in for good; gone when it is online. */
  readonly error: Error | undefined;
}

/** Before there is a client, and on a server that renders pages. */
export const NOTHING: Snapshot = { client: undefined, state: "offline", error: undefined };

interface Subscription {
  attach(client: Client): () => void;
  detach: (() => void) | undefined;
}

/**
 * Makes a client, logs its user in, and closes it: what a provider does, whatever the framework.
 *
 * Listeners belong to the owner, so that those of the first components hear the first message.
 */
export class ClientOwner {
  #snapshot = NOTHING;
  #user: LoginOptions | undefined;
  readonly #watchers = new Set<() => void>();
  readonly #subscriptions = new Set<Subscription>();

  readonly snapshot = (): Snapshot => this.#snapshot;

  /** Calls back when the snapshot is another one, until the returned function is called. */
  readonly watch = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Listens to this client and to any that is made later, until the returned function is called. */
  on<K extends keyof ClientEvents>(type: K, listener: Listener<ClientEvents[K]>): () => void {
    check("listener", FUNCTION, listener);
    const attach = (client: Client) => client.on(type, listener);
    const { client } = this.#snapshot;
    const subscription: Subscription = { attach, detach: client && attach(client) };
    this.#subscriptions.add(subscription);
    return () => {
      this.#subscriptions.delete(subscription);
      subscription.detach?.();
    };
  }

  /** Makes the client. The returned function closes it, also when it is not there yet. */
  start(create: () => Promise<Client>): () => void {
    check("create", FUNCTION, create);
    let stopped = false;
    create().then(
      (client) => {
        if (stopped) client.close();
        else this.#take(client);
      },
      (error: Error) => {
        if (!stopped) this.#change({ error });
      },
    );
    return () => {
      stopped = true;
      const { client } = this.#snapshot;
      for (const subscription of this.#subscriptions) subscription.detach = undefined;
      this.#change(NOTHING);
      client?.close();
    };
  }

  /** Logs this user in as soon as there is a client, and another one out. Without a user: logs out. */
  setUser(user: LoginOptions | undefined): void {
    this.#user = user;
    void this.#logIn();
  }

  #take(client: Client): void {
    client.on("state", (state) => {
      if (this.#snapshot.client !== client) return;
      this.#change(state === "online" ? { state, error: undefined } : { state });
    });
    client.on("kicked", (error) => this.#change({ error }));
    for (const subscription of this.#subscriptions) subscription.detach = subscription.attach(client);
    this.#change({ client, state: client.state, error: undefined });
    void this.#logIn();
  }

  async #logIn(): Promise<void> {
    const { client } = this.#snapshot;
    const user = this.#user;
    const isWanted = () => this.#snapshot.client === client && this.#user === user;
    if (client === undefined) return;
    try {
      if (client.userId !== undefined && client.userId !== String(user?.userId)) await client.logout();
      if (user !== undefined && isWanted()) await client.login(user);
    } catch (error) {
      if (isWanted()) this.#change({ error: error as Error });
    }
  }

  #change(change: Partial<Snapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** The number of messages that `useMessages` keeps by default. */
const DEFAULT_LIMIT = 200;

/** Which messages `useMessages` gives. */
export interface MessagesOptions {
  /** Only those of the conversation with this user: theirs, and one's own to them from another device, whose `own` is true. */
  with?: UserId;
  /** Only those from this user; by default those from all users. */
  from?: UserId;
  /** The last ones that are kept, at least 1; 200 by default. */
  limit?: number;
}

/** Which messages that is, checked. */
export interface Chosen {
  /** Equal for equal choices. */
  key: string;
  limit: number;
  has(message: Message): boolean;
}

export function chosen(options: MessagesOptions): Chosen {
  const { limit = DEFAULT_LIMIT } = options;
  check("limit", [() => Number.isInteger(limit) && limit > 0, "a whole number above 0"], limit);
  const [peer, author] = (["with", "from"] as const).map((name) => {
    const id = options[name];
    return id === undefined ? id : idOf(name, id);
  });
  return {
    key: JSON.stringify([peer, author]),
    limit,
    has: ({ from, to, own }) => {
      const other = own ? to : from;
      return (peer ?? other) === other && (author ?? from) === from;
    },
  };
}
