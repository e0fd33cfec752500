import type { ArgumentError } from "./arguments.js";
import type {
  ConversationOptions,
  ConversationPage,
  Group,
  GroupChanged,
  GroupOptions,
  HistoryOptions,
  HistoryPage,
  NewGroup,
  Presence,
  Read,
  ReadMark,
  Typing,
} from "./conversations.js";
import type { Listener } from "./emitter.js";
import type {
  KickedError,
  LoginError,
  LoginRefusedError,
  MobileIMError,
  QuestionError,
  SendError,
} from "./errors.js";
import type { Diagnostics } from "./log.js";
import type { LoginOptions, SendOptions, UserId } from "./options.js";
import type { Refs } from "./refs.js";

/** The state of a client. */
export type ClientState =
  /** It has never logged in. */
  | "offline"
  /** It opens a link to the server. */
  | "connecting"
  /** It has a link, and waits for the server's answer to the login. */
  | "logging-in"
  /** It is logged in. */
  | "online"
  /** There is no link; it waits before it tries again, or for news of the network. */
  | "waiting"
  /** Logged out, kicked out, refused for good, or closed: only a login leads on, and after `close` nothing does. */
  | "closed";

/** Why a link is gone. */
export type LinkLostReason =
  /** The network, a proxy or the server closed it. */
  | "disconnected"
  /** It could not be opened. */
  | "never-opened"
  /** It did not open within 5 s. */
  | "connect-timeout"
  /** The login was not answered within 10 s. */
  | "login-timeout"
  /** No token could be had: `getToken` failed, or gave none within 10 s. */
  | "no-token"
  /** The server did not answer heartbeats. */
  | "silent"
  /** The server does not know the session any more (its error 301). */
  | "not-logged-in"
  /** The server refused the login with 1027: it cannot verify tokens for now. The next attempt waits as long as it says. */
  | "refused-for-now"
  /** More came than is kept while nobody listens for messages: the next link brings it again. */
  | "overflow"
  /** The server stops, and has said when to come back (its error 305): the client does, without being asked. */
  | "session-ended"
  /** Something newer than this list. */
  | "other";

/** Why a message is given up. */
export type LostReason =
  /** There was a link for two minutes (15 s to an original server), and no acknowledgement. */
  | "unacknowledged"
  /** The server refused it, and says by a code why. */
  | "refused"
  /** The user logged out. */
  | "logged-out"
  /** Another user logged in. */
  | "other-user"
  /** None of the receiver's clients takes as long a message. */
  | "too-long-for-receiver"
  /** The server takes none as long: that was not known when it was sent. */
  | "too-long"
  /** Three links in a row were closed right after it was sent on them. */
  | "breaks-link"
  /** An earlier version kept it, and no server takes it. */
  | "invalid"
  /** Something newer than this list. */
  | "other";

/** A message. */
export interface Message extends Refs {
  /** The sender's user id; "0" is the server. */
  from: string;
  /** The receiver's user id. */
  to: string;
  /** What was sent, unchanged. */
  text: string;
  /** The fingerprint: the message's unique id. Without QoS there may be none. */
  fp?: string;
  /** Whether its delivery is guaranteed. */
  qos: boolean;
  /** The application's own type. */
  typeu: number;
  /** Whether it came over the bridge to MobileIMSDK-Web. */
  bridge: boolean;
  /** The server's time in ms since 1970, if it tells one. */
  time?: number;
  /** True if the user sent it to somebody else, on another device: it belongs to the conversation with {@link Message.to}. */
  own?: true;
  /** Its number in the conversation, from 1, where the server keeps a log of it. */
  seq?: number;
}

/** Something that happened to a session, as its log has it. */
export type SessionEvent =
  | { type: "state"; state: ClientState }
  | { type: "logged-in"; firstLoginTime: number; reconnect: boolean; server?: string }
  | { type: "login-refused"; code: number; retry: boolean }
  | { type: "link-lost"; reason: LinkLostReason }
  | { type: "kicked"; code: number; reason?: string }
  | ({ type: "missed" } & Missed)
  | { type: "server-error"; code: number; text: string }
  | { type: "bad-message"; byte: number; text: string }
  | { type: "heartbeat-sent" }
  | { type: "heartbeat-answered"; roundTrip: number };

/** Something that happened, for logs and {@link Client.diagnostics}; `at` is in ms since 1970. No texts of messages. */
export type LogEntry = { at: number } & (
  | SessionEvent
  | { type: "token-failed" | "store-failed" | "never-opened"; text: string }
  | { type: "sent" | "delivered"; fp: string }
  | { type: "received"; fp: string | undefined }
  | { type: "lost"; fp: string; reason: LostReason; code: number }
);

/** A message is at its receiver, or safe on the server's disk. */
export interface Delivered {
  /** The message's fingerprint. */
  fp: string;
}

/** A message is given up. */
export interface Lost {
  /** The message, as it was sent. */
  message: Message;
  /** Why; {@link SendError.reason} of the promise, if there is one. */
  reason: LostReason;
  /** The server's number, if it refused the message. */
  code?: number;
  /** The limit for the message as it crosses the wire, in bytes, if it is longer. */
  limit?: number;
}

/** There are messages that this device will not get. */
export interface Missed {
  /** When the first of them was sent, in ms since 1970. */
  since: number;
}

/** A device of a user's, each of which gets each message. */
export interface Device {
  /** What its client calls it, as {@link ClientOptions.device} of this one; empty for the one of clients that name none. */
  id: string;
  /** What kind of device it is, as its client says. */
  platform?: string;
  /** When it logged in first, in ms since 1970. */
  since: number;
  /** When it was online last, in ms since 1970, to about a day. */
  lastSeen: number;
  /** Whether it is online. */
  online: boolean;
  /** Whether it is this client's. */
  own: boolean;
  /** From when on messages were not kept for it, as it has been away for long and has too many, in ms since 1970. */
  missedSince?: number;
}

/** The devices of the user who is logged in. */
export interface Devices {
  /**
   * Returns the devices, in the order they came; none where the server gives a user one session.
   *
   * @throws {@link QuestionError}
   */
  list(): Promise<Device[]>;

  /**
   * Removes another device, with what waits for it: its session ends, and should it log in again, it is a new device.
   *
   * @throws {@link QuestionError}: among others, its code is 314 if there is no such device, and 315 for the one that this client runs on,
   * which logs out instead; or {@link ArgumentError}
   */
  remove(id: string): Promise<void>;
}

/** What a client tells, by name. */
export interface ClientEvents {
  /**
   * A message arrived, for the first time. It is acknowledged when the listeners have returned, and not sent again: if it must
   * outlive a crash of the page, the listener has to write it, or begin to.
   *
   * Before the first listener is added, and after the last one is removed, messages wait: the server keeps those that are
   * not acknowledged, and the next listener hears them all. A listener is called no earlier than the task that adds it is done.
   */
  message: Message;
  /** The client's state is another one. */
  state: ClientState;
  /** A message of this client, of an earlier page of this user too if there is a store, was delivered. */
  delivered: Delivered;
  /** A message of this client, of an earlier page too, was given up. */
  lost: Lost;
  /**
   * So many messages had come while this device was away that the server did not keep those from a time on for it; those before it come,
   * and what is sent now. Told once, right after a login. The user's other devices have them.
   */
  missed: Missed;
  /** Somebody types, in a conversation with the user. It is told once, and means nothing some seconds later. */
  typing: Typing;
  /** Somebody has read a conversation: the user, on another device, or the other user, where the server tells that. */
  read: Read;
  /** How it is with a user whom {@link Client.watchPresence} watches: told of each when the server answers, and then at each change. */
  presence: Presence;
  /** A group has changed that the user is in. It comes in order with the group's messages, and so only while somebody listens for those. */
  group: GroupChanged;
  /** The server ended the session for good. */
  kicked: KickedError;
  /** Something went wrong that no promise stands for. If it can, the client goes on by itself. */
  error: MobileIMError;
  /** Everything that happens, as {@link Client.diagnostics} will tell it. */
  log: LogEntry;
}

/**
 * One user's client.
 *
 * Calls take effect in the order in which they are made. Those that a listener makes do so when it has heard of what
 * happened before: `logout(); login(…)` in a listener logs another user in, as it does elsewhere.
 */
export interface Client {
  /** The client's state. */
  readonly state: ClientState;
  /** The user who is, or was last, logged in or logging in. */
  readonly userId: string | undefined;
  /** The devices of the user. */
  readonly devices: Devices;

  /**
   * Logs in and stays logged in: a lost link is replaced without the application's help, until `logout`, a kick or a
   * refusal.
   *
   * Resolves when online. Called again for the same user it does nothing but wait for the same. After a kick or a
   * refusal, messages of this user that were not delivered go out now.
   *
   * @throws {@link LoginRefusedError} if the server refuses, {@link KickedError}, {@link LoginError}, or
   * {@link ArgumentError}
   */
  login(options: LoginOptions): Promise<void>;

  /**
   * Ends the session for good, in all tabs that share it; messages on their way are given up. Does nothing if there is
   * none.
   */
  logout(): Promise<void>;

  /**
   * Sends a text, now or as soon as there is a link, again and again until it is acknowledged.
   *
   * Always settles: when the message is at its receiver or safe on the server's disk, or with a {@link SendError}.
   * Without QoS it settles as soon as it is sent.
   *
   * @throws {@link SendError}, or {@link ArgumentError}
   */
  send(to: UserId, text: string, options?: SendOptions): Promise<Delivered>;

  /**
   * Returns the user's conversations that the server keeps a log of, those with the latest messages first.
   *
   * @throws {@link QuestionError}, or {@link ArgumentError}
   */
  conversations(options?: ConversationOptions): Promise<ConversationPage>;

  /**
   * Returns messages of a conversation, with a user or a group.
   *
   * @throws {@link QuestionError}: among others, its code is 314 if no history is kept of it; or {@link ArgumentError}
   */
  history(withWhom: UserId, options?: HistoryOptions): Promise<HistoryPage>;

  /**
   * Returns a group that the user is in.
   *
   * @throws {@link QuestionError}: among others, its code is 314 if the user is in no such group; or {@link ArgumentError}
   */
  group(id: string): Promise<Group>;

  /**
   * Makes a group, where the server lets users do that. The user owns it.
   *
   * @throws {@link QuestionError}: among others, its code is 315 if the user may not do that; or {@link ArgumentError}
   */
  createGroup(group?: NewGroup): Promise<Group>;

  /**
   * Changes a group that the user is in, as far as the user's role lets it. Returns what it is like then.
   *
   * @throws {@link QuestionError}: among others, its code is 314 if the user is in no such group, and 315 if the user may not do that; or
   * {@link ArgumentError}
   */
  changeGroup(id: string, change: GroupOptions): Promise<Group>;

  /**
   * Leaves a group: if the user is in none with this id, nothing happens.
   *
   * @throws {@link QuestionError}: among others, its code is 315 if the user is its only owner; or {@link ArgumentError}
   */
  leaveGroup(id: string): Promise<void>;

  /**
   * Ends a group that the user owns, for all members: if the user is in none with this id, nothing happens.
   *
   * @throws {@link QuestionError}: among others, its code is 315 if the user does not own it; or {@link ArgumentError}
   */
  endGroup(id: string): Promise<void>;

  /**
   * The user has read a conversation up to a message: on all devices, and forwards only.
   *
   * @throws {@link QuestionError}: among others, its code is 314 if no history is kept of it; or {@link ArgumentError}
   */
  markRead(withWhom: UserId, seq: number): Promise<ReadMark>;

  /**
   * Tells the others in a conversation that the user types, if they and the client are online. Call it every few seconds while that goes on.
   *
   * @throws {@link ArgumentError}
   */
  typing(withWhom: UserId): void;

  /**
   * Watches whether these users are online, and none whom it watched before: tells how it is now of those whom the user may see, and from then
   * on each change by the event `presence`. After each login of this user it does so again by itself. `[]` watches nobody.
   *
   * @throws {@link QuestionError}: among others, its code is 315 if the server tells nobody, and 311 if there are more than it lets a client
   * watch; or {@link ArgumentError}
   */
  watchPresence(users: UserId[]): Promise<Presence[]>;

  /** Returns a fingerprint for {@link SendOptions.fp}, to recognise a message's events by before it is sent. */
  newFingerprint(): string;

  /** Returns its state and the latest events, for a bug report. */
  diagnostics(): Diagnostics;

  /**
   * Adds a listener and returns the function that removes it.
   *
   * @throws {@link ArgumentError}
   */
  on<K extends keyof ClientEvents>(type: K, listener: Listener<ClientEvents[K]>): () => void;

  /**
   * Lets go of the connection and everything else, as leaving the page does; stored messages stay stored. The client
   * is of no use afterwards.
   */
  close(): void;
}
