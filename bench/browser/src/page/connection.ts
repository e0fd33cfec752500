/** What the page does with each library: the same, so that only the libraries differ. */
export interface Connection {
  /** Sends a text. Resolves when the other side has acknowledged it. */
  send(text: string): Promise<unknown>;
}

/**
 * Logs in at an address and passes on each text that comes.
 *
 * The address is the one that the load program gave.
 */
export type Connect = (address: string, received: (text: string) => void) => Promise<Connection>;
