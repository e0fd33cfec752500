/** A server that the page connects to, and what sends to the page through it. */
export interface Load {
  /** The address for the page. */
  readonly address: string;
  /** Begins to send so many messages to the page. Resolves when all are sent. */
  push(count: number): Promise<void>;
  stop(): void;
}

/** Starts a server and what sends through it. */
export type StartLoad = () => Promise<Load>;

/** How many messages are on their way to the page at a time. */
export const WINDOW = 512;

/** What a message is. */
export const TEXT = "x".repeat(64);
