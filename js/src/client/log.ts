import type { Role } from "../session/session.js";
import type { ClientState, LogEntry } from "./client.js";

/** The kinds of hosts that a client runs in. */
export type HostKind = "browser" | "mini-program" | "node";

/** A client's state and latest events, for a bug report: no texts of messages, no tokens, and JSON takes it as it is. */
export interface Diagnostics {
  /** This package's version. */
  version: string;
  /** The server's name and version, if it told them: a MobileIM server does, to the tab that has the connection. */
  server: string | undefined;
  /** The server's address, without a password, query or anything else after the path. */
  address: string;
  /** The kind of host that the client runs in. */
  host: HostKind;
  /** Its name and version. */
  agent: string;
  /** The name of the device that logins name, if they do. */
  device: string | undefined;
  state: ClientState;
  userId: string | undefined;
  /** Whether the connection is this client's own (`alone`, or `leader` of several tabs) or another tab's (`follower`). */
  role: Role;
  /** The number of links that this client has opened. */
  link: number;
  /** The number of unacknowledged messages: of the user if this client has the connection, else of this tab. */
  pending: number;
  /** The latest events, the oldest first; at most 200. */
  log: LogEntry[];
}

const KEPT = 200;

/** Returns the part of an address that may be shown to others. */
export function publicAddress(url: string): string {
  return url.replace(/[?#].*/, "").replace(/\/\/[^/]*@/, "//");
}

/** The latest events. */
export class Log {
  readonly #entries: LogEntry[] = [];

  add(entry: LogEntry): void {
    // Seldom, and then many at once.
    if (this.#entries.push(entry) >= 2 * KEPT) this.#entries.splice(0, KEPT);
  }

  last(): LogEntry[] {
    return this.#entries.slice(-KEPT);
  }
}
