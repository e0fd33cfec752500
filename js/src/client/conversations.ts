/** Conversations that the server keeps a log of: groups, and users where it keeps history. */
import { checkOptions, type Kind } from "./arguments.js";
import type { Message } from "./client.js";
import { knownRefs, type Refs } from "./refs.js";

/** A message of a conversation's log. */
export interface HistoryMessage extends Refs {
  /** Its number in the conversation, from 1 and without holes. */
  seq: number;
  /** When the server has stored it, in ms since 1970. */
  time: number;
  /** The sender's user id; "0" is the server. */
  from: string;
  /** The message's fingerprint: with the sender it tells whether it is known already. */
  fp: string;
  /** The application's own type. */
  typeu: number;
  /** What was sent; `null` if it is too long for an answer. */
  text: string | null;
  /** What has changed in the group, if this is no message but that. */
  change?: GroupChange;
}

/** One of the user's conversations. */
export interface Conversation {
  /** The other user, or the group. */
  with: string;
  /** The number of the last message. */
  lastSeq: number;
  /** The last message, unless it is not kept any more. */
  last?: HistoryMessage;
  /** Up to which message the user has read, on whatever device. */
  readSeq: number;
  /** How many messages of others stand behind that, counted to 1000. */
  unread: number;
  /** How many of those mention the user, or all; not there if none does. */
  mentions?: number;
  /** The group's name. */
  name?: string;
  /** The user's role in the group. */
  role?: GroupRole;
}

/** Some of the user's conversations, those with the latest messages first. */
export interface ConversationPage {
  conversations: Conversation[];
  /** Goes into {@link ConversationOptions.before} for the next page, if there is one. */
  next?: number;
}

/** A part of the log of a conversation, in order. */
export interface HistoryPage {
  messages: HistoryMessage[];
  /** Whether there are more in the direction that was asked for. */
  more: boolean;
  /** The number of the first message that is kept for the user, */
  first: number;
  /** and of the last one. */
  last: number;
}

/** Which conversations. */
export interface ConversationOptions {
  /** Those behind the page that had this as its {@link ConversationPage.next}. */
  before?: number;
  /** How many; 50 if it is not said, at most 200. */
  limit?: number;
}

/** Which messages of a conversation: the last ones, if nothing is said. */
export interface HistoryOptions {
  /** The last ones before this number. */
  before?: number;
  /** The first ones behind this number. */
  after?: number;
  /** How many; 50 if it is not said, at most 200, and as many as have room in an answer. */
  limit?: number;
}

/** What a member of a group may do. */
export type GroupRole = "owner" | "admin" | "member";

/** What a group is like. */
export interface GroupSettings {
  /** Its name. */
  name: string;
  /** Who writes in it. */
  writers: "all" | "admins" | "server";
  /** From where on a member may read what was written: from where the member joined, or all that is kept. */
  history: "joining" | "all";
  /** Who may add members: its owners and admins, also if nothing is said, or all. */
  invite?: "admins" | "all";
}

/** Users, or users and their roles. */
export type GroupMembers = readonly string[] | Readonly<Record<string, GroupRole>>;

/** What a new group is like. */
export interface NewGroup extends Partial<GroupSettings> {
  /** Its id: `#` and what is no other group's; made up if there is none. */
  group?: string;
  /** Who is in it, beside the user, who owns it. */
  members?: GroupMembers;
}

/** What is to be so of a group. What is left out stays. */
export interface GroupOptions extends Partial<GroupSettings> {
  /** Who is to be in it, in which role. */
  members?: GroupMembers;
  /** Who is not to be in it. */
  remove?: readonly string[];
  /** Members who are not to write, */
  mute?: readonly string[];
  /** and who are to write again. */
  unmute?: readonly string[];
}

/** A group that the user is in. */
export interface Group extends GroupSettings {
  /** Its id. */
  group: string;
  /** The user's role. */
  role: GroupRole;
  /** The number of its members. */
  count: number;
  /** The members' ids and roles, if they are no more than 500. */
  members?: Record<string, GroupRole>;
}

/** What has changed in a group. */
export interface GroupChange {
  /** Who has changed it, if it was a user. */
  by?: string;
  /** Who is in it from now on, and as what; or has another role. */
  joined?: Record<string, GroupRole>;
  /** Who is in it no longer. */
  left?: string[];
  /** How many, in place of `joined` and `left`, if they are very many. */
  joinedCount?: number;
  leftCount?: number;
  /** What it is like now, if that has changed; `muted` are the members who may not write. */
  settings?: GroupSettings & { muted?: string[] };
  /** It has ended. */
  ended?: true;
}

/** A group has changed. */
export interface GroupChanged extends GroupChange {
  /** The group's id. */
  group: string;
  /** The number of the change among the group's messages. */
  seq?: number;
  /** When, in ms since 1970. */
  time?: number;
}

/** Up to where a user has read a conversation. */
export interface ReadMark {
  /** The other user, or the group. */
  with: string;
  /** The number of the last message that is read. */
  readSeq: number;
  /** How many messages of others stand behind that, counted to 1000. */
  unread: number;
  /** How many of those mention the user, or all; not there if none does. */
  mentions?: number;
}

/** Somebody types. */
export interface Typing {
  /** The conversation: the other user, or a group. */
  with: string;
  /** Who types. */
  by: string;
}

/** Somebody has read a conversation: the user, on another device, or the other user. */
export interface Read {
  /** The conversation: the other user, or a group. */
  with: string;
  /** Who has read it. */
  by: string;
  /** Up to the message with this number. */
  seq: number;
  /** If it was the user, how many messages of others are unread. */
  unread?: number;
  /** How many of those mention the user, or all; not there if none does. */
  mentions?: number;
}

/** Whether a user is online. */
export interface Presence {
  /** The user's id. */
  user: string;
  /** Whether one of the user's sessions is live, or was some seconds ago. */
  online: boolean;
  /** Of one who is not: when the last session ended, in ms since 1970, if the server knows. */
  lastSeen?: number;
}

/** A question, as the wire has it. */
export interface Question {
  ask: string;
  [parameter: string]: unknown;
}

/** A message as the wire has it in an answer. */
export interface Logged extends Pick<HistoryMessage, "seq" | "from" | "fp" | "text"> {
  at: number;
  typeu?: number;
  refs?: Refs;
}

/** The application's type of messages of the server that tell of a group's changes. */
const CHANGE = -10;

export const NUMBER: Kind = [
  (given) => Number.isSafeInteger(given) && (given as number) >= 0,
  "a whole number of at least 0",
];

export const LIST: Kind = [Array.isArray, "an array"];

const PAGE = { before: NUMBER, after: NUMBER, limit: NUMBER };

/** Returns the question for a page. */
export function pageQuestion(ask: string, options: HistoryOptions, of?: string): Question {
  checkOptions(PAGE, options);
  const { before, after, limit } = options;
  return { ask, with: of, before, after, limit };
}

/** Returns a message as the application is given it. */
export function historyMessage({ at: time, typeu = -1, refs = {}, ...rest }: Logged): HistoryMessage {
  const change = changeIn(rest.from, typeu, rest.text);
  return { ...rest, time, typeu, ...knownRefs(refs), ...(change && { change }) };
}

/** Returns what a message to a group tells of it, if it is none of a user's. */
export function groupChange({ from, to, typeu, text, seq, time }: Message): GroupChanged | undefined {
  const change = to[0] === "#" ? changeIn(from, typeu, text) : undefined;
  return change && { ...change, group: to, ...(seq && { seq }), ...(time && { time }) };
}

function changeIn(from: string, typeu: number, text: string | null): GroupChange | undefined {
  if (from !== "0" || typeu !== CHANGE) return undefined;
  try {
    return Object(JSON.parse(text ?? ""));
  } catch {
    return undefined;
  }
}
