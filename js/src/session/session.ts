import type { Account } from "../client/options.js";

/** The state of a session, for diagnostics. */
export interface SessionStatus {
  /** The number of links that were opened so far. */
  link: number;
  /** The number of unacknowledged messages. */
  pending: number;
  /** Whether the connection is this client's own, or another tab's. */
  role: Role;
}

/** `alone`: connections are not shared. `leader`: this tab has the connection. `follower`: another tab has it. */
export type Role = "alone" | "leader" | "follower";

/** A client's session, which is in this page or shared with other pages. */
export interface Session {
  /** Whether unacknowledged messages outlive this page. */
  readonly keeps: boolean;
  /** Begins to log in. The client has made sure that no other user is logged in. */
  login(account: Account): void;
  logout(): void;
  send(to: string, text: string, typeu: number, qos: boolean, fp: string, refs?: string): void;
  /** Asks the server, by a fingerprint of the caller's; a report tells what comes of it. */
  ask(id: string, question: string): void;
  /** Tells others what is so at this moment, if it can be told now. */
  signal(signal: string): void;
  newFingerprint(): string;
  /** Whether the application hears messages. Until it does they wait, unacknowledged. */
  listening(listening: boolean): void;
  /** Whether the user looks at the page. */
  visible(visible: boolean): void;
  /** Whether there is a network. */
  network(available: boolean): void;
  /** Whether the page is put to rest as it is, to come back later or never. */
  resting(resting: boolean): void;
  status(): SessionStatus;
  /** Ends this page's part in the session. Only messages that were never taken are reported from then on. */
  close(): void;
}
