import type { Engine } from "./engine.js";
import type { Connection, Transport } from "./transport.js";

/** The engine's link as a connection: at most one at a time. */
export class Links {
  readonly #url: string;
  readonly #transport: Transport;
  #current: { link: number; connection: Connection | undefined } | undefined;

  constructor(url: string, transport: Transport) {
    this.#url = url;
    this.#transport = transport;
  }

  /** Opens a connection for a link. What it reports after {@link Links.disconnect} is not passed on. */
  connect(engine: Engine, link: number): void {
    this.disconnect();
    const current: { link: number; connection: Connection | undefined } = { link, connection: undefined };
    this.#current = current;
    const ifCurrent = (report: () => void) => {
      if (this.#current === current) report();
    };
    const closed = () =>
      ifCurrent(() => {
        this.#current = undefined;
        engine.closed(link);
      });
    try {
      current.connection = this.#transport(this.#url, {
        opened: () => ifCurrent(() => engine.opened(link)),
        message: (text) => ifCurrent(() => engine.received(link, text)),
        closed,
      });
    } catch {
      // An address that is none, or a host that allows no more sockets.
      closed();
    }
  }

  /** Sends a text frame on a link, if it still stands. */
  transmit(link: number, body: string): void {
    if (this.#current?.link !== link) return;
    try {
      this.#current.connection?.send(body);
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
