/** What the API answers with, as far as the page shows it. docs/openapi.json has all of it. */

export type Counts = Readonly<Record<string, number>>;

/** How long something took, in classes; `bounds` in seconds, and one count more than that. */
export interface Times {
  bounds: readonly number[];
  counts: readonly number[];
}

export interface Statistics {
  at: number;
  uptime: number;
  sessions: Counts;
  connections: number;
  knownUsers: number;
  logins: Counts;
  messages: Counts;
  delivery: Times;
  storing: Times;
  retransmissions: number;
  mailboxBytes: number;
  sendQueueBytes: number;
  store: {
    works: boolean;
    stored: number;
    messages?: number;
    bytes?: number;
    diskFree?: number;
    diskLow?: boolean;
    refused: Counts;
    expired: number;
    queuedBytes: number;
    transactions: Times;
  };
}

export interface ServerInfo {
  version: string;
  uptime: number;
  listeners: Readonly<Record<string, string>>;
}

export interface Session {
  id: number;
  transport: string;
  address: string | null;
  tls: boolean;
  origin: string | null;
  since: number;
  lastHeard: number;
}

export interface WaitingMessage {
  from: string;
  fp: string;
  storedAt: number;
  bytes: number;
  typeu?: number;
  text?: string;
}

export interface Receiver {
  user: string;
  outcome: string;
  repeated?: boolean;
  maxLength?: number;
}

export interface Setting {
  key: string;
  value?: string;
  otherwise?: string;
  isSet?: boolean;
  source: "default" | "flag" | "variable" | "file";
  place?: string;
  line?: number;
  needsRestart: boolean;
}
