import type { SendFailure } from "../client/errors.js";
import type { Account } from "../client/options.js";
import type { Host } from "../platform/engine.js";

/**
 * What a driver reports to its client.
 *
 * A report has a name and plain arguments, so that a page can pass it on to another page. They are functions that need
 * no `this`.
 */
export interface Reports extends Pick<Host, "message" | "delivered" | "lost" | "event"> {
  /** A message was not taken; or, where there is no failure, one without QoS was sent. */
  answered(fp: string, failure?: SendFailure): void;
  /** Something failed that the client can do without for now. */
  trouble(what: Trouble, cause: unknown): void;
}

/** What may fail without ending anything. */
export type Trouble = "token-failed" | "store-failed" | "never-opened";

/** Where a driver stands, for diagnostics. */
export interface DriverStatus {
  /** The number of links that were opened so far. */
  link: number;
  /** How many messages are unacknowledged. */
  pending: number;
  /** Whether the connection is this client's own, or that of another tab. */
  role: Role;
}

/** `alone`: connections are not shared. `leader`: this tab has the connection. `follower`: another tab has it. */
export type Role = "alone" | "leader" | "follower";

/** Runs the session of a client: in this page, or in another one that shares it. */
export interface Driver {
  /** Whether unacknowledged messages outlive this driver. */
  readonly keeps: boolean;
  /** Begins to log in. The client has seen to it that nobody else is logged in. */
  login(account: Account): void;
  logout(): void;
  send(to: string, text: string, typeu: number, qos: boolean, fp: string): void;
  newFingerprint(): string;
  /** Whether the application hears of messages. Until it does they wait, unacknowledged. */
  listening(listening: boolean): void;
  /** The user looks at the page again, or does not any more. */
  visible(visible: boolean): void;
  /** The network is back, or gone. */
  network(available: boolean): void;
  /** The page is put to rest as it is, and may come back or not. */
  resting(resting: boolean): void;
  status(): DriverStatus;
  /** Reports nothing any more but the messages that it never took. */
  close(): void;
}
