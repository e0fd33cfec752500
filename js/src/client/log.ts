import type { Role } from "../session/session.js";
import type { ClientState, LogEntry } from "./client.js";

/** What a client may run in. */
export type HostKind = "browser" | "mini-program" | "node";

/** What a client knows of itself, for a bug report: no texts of messages, no tokens, and JSON takes it as it is. */
export interface Diagnostics {
  /** This package's version. */
  version: string;
  /** The server's name and version, where it told them: a MobileIM server does, to the tab that has the connection. */
  server: string | undefined;
  /** The server's address, without a password, query or anything else after the path. */
  address: string;
  /** What the client runs in. */
  host: HostKind;
  /** Its name and version. */
  agent: string;
  state: ClientState;
  userId: string | undefined;
  /** Whether the connection is this client's own (`alone`, or `leader` of several tabs) or another tab's (`follower`). */
  role: Role;
  /** How many links this client has opened. */
  link: number;
  /** How many messages are unacknowledged: of the user where this client has the connection, else of this tab. */
  pending: number;
  /** What happened lately, the oldest first; at most 200 entries. */
  log: LogEntry[];
}

const KEPT = 200;

/** An address that may be shown to others. */
export function publicAddress(url: string): string {
  return url.replace(/[?#].*/, "").replace(/\/\/[^/]*@/, "//");
}

/** The last things that happened. */
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
