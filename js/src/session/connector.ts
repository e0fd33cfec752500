import { isFunction } from "../client/arguments.js";
import type { Connection, Transport } from "./transport.js";

/** The functions that are told of a link, by its number. */
export interface LinkEvents {
  opened(link: number): void;
  /** A frame arrived; what it is has not been looked at. */
  received(link: number, body: unknown): void;
  closed(link: number): void;
  /** The host threw this instead of opening it. */
  failed(cause: unknown): void;
}

/** The engine's link as a connection: at most one at a time. */
export class Connector {
  readonly #transport: Transport;
  readonly #events: LinkEvents;
  #current: { link: number; connection: Connection | undefined } | undefined;

  constructor(transport: Transport, events: LinkEvents) {
    this.#events = events;
    this.#transport = transport;
  }

  /** Opens a connection to an address for a link. What it reports after {@link Connector.disconnect} is not passed on. */
  connect(link: number, url: string): void {
    this.disconnect();
    const events = this.#events;
    const current: { link: number; connection: Connection | undefined } = { link, connection: undefined };
    this.#current = current;
    const ifCurrent = (report: () => void) => {
      if (this.#current === current) report();
    };
    const closed = () =>
      ifCurrent(() => {
        this.#current = undefined;
        events.closed(link);
      });
    try {
      const connection = this.#transport(url, {
        opened: () => ifCurrent(() => events.opened(link)),
        message: (text) => ifCurrent(() => events.received(link, text)),
        closed,
      });
      if (!isFunction(connection?.send)) throw new TypeError("the transport gave no connection");
      current.connection = connection;
    } catch (cause) {
      // An address that is none, a policy that forbids it, or a host that allows no more sockets.
      closed();
      events.failed(cause);
    }
  }

  /** Sends a text frame on a link, if it still stands. */
  transmit(link: number, frame: string): void {
    if (this.#current?.link !== link) return;
    try {
      this.#current.connection?.send(frame);
    } catch {
      // A socket that is closing; it says so by itself.
    }
  }

  /** Closes the connection, if it is this link's; without a number, whichever there is. */
  disconnect(link = this.#current?.link): void {
    const current = this.#current;
    if (current === undefined || current.link !== link) return;
    this.#current = undefined;
    try {
      current.connection?.close();
    } catch {
      // Nothing more is expected of it.
    }
  }
}
